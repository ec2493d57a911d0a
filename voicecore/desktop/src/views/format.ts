// Times and lengths as people read them.

import { bestLanguage } from "../i18n/language";

/** As the reader's own region writes it, where that region's language is the page's. */
export function clock(
  at: number,
  language: string,
  regions: readonly string[] = navigator.languages,
): string {
  const own = regions.find((tag) => tag.startsWith(language.slice(0, 2)) && bestLanguage([tag]) === language);
  return new Intl.DateTimeFormat(own ?? language, { dateStyle: "short", timeStyle: "medium" }).format(at);
}

/** `1:05`, `1:02:03`. */
export function length(seconds: number): string {
  const whole = Math.max(Math.round(seconds), 0);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = String(rest).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** The user of a SIP or tel URI, or its host where there is no user; anything else as it is. */
export function partyOf(uri: string): string {
  const found = /^(?:sips?|tel):(?:([^@;?]+)@)?([^;?]+)/i.exec(uri);
  return found?.[1] ?? found?.[2] ?? uri;
}
