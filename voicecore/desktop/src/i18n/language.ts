// Which language the page speaks: what was chosen, else what the browser wants. English is always at hand, the
// others are fetched when they are needed.

import i18next, { type i18n } from "i18next";
import { initReactI18next } from "react-i18next";
import english from "./en.json";

export const LANGUAGES = { en: "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文" } as const;
export type Language = keyof typeof LANGUAGES;
export type Catalogue = typeof english;

const CHOSEN = "voicecore.language";
const OTHERS: Readonly<Record<Exclude<Language, "en">, () => Promise<{ default: Catalogue }>>> = {
  "zh-Hans": () => import("./zh-Hans.json"),
  "zh-Hant": () => import("./zh-Hant.json"),
};

export function isLanguage(value: string | null): value is Language {
  return value !== null && value in LANGUAGES;
}

/** The first of the wanted languages that we have; Chinese by script, or by the places that write it. */
export function bestLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const lower = tag.toLowerCase();
    if (lower.startsWith("en")) return "en";
    if (/^zh-(hant|tw|hk|mo)/.test(lower)) return "zh-Hant";
    if (lower.startsWith("zh")) return "zh-Hans";
  }
  return "en";
}

export async function setUpLanguage(box: Storage, wanted: readonly string[]): Promise<i18n> {
  const kept = box.getItem(CHOSEN);
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: english } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await speak(isLanguage(kept) ? kept : bestLanguage(wanted));
  return i18next;
}

export async function chooseLanguage(language: Language, box: Storage): Promise<void> {
  box.setItem(CHOSEN, language);
  await speak(language);
}

async function speak(language: Language): Promise<void> {
  if (language !== "en" && !i18next.hasResourceBundle(language, "translation"))
    i18next.addResourceBundle(language, "translation", (await OTHERS[language]()).default);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  document.title = i18next.t("title");
}
