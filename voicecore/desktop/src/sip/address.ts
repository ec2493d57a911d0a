// What people type, as the SIP URI that is called, and the other way round.

/** `sip:1000@example.org` of what was typed; "" where nothing is left of it. Separators of numbers are dropped. */
export function sipTarget(typed: string, domain: string): string {
  const text = typed.trim();
  if (/^sips?:/i.test(text)) return text;
  if (text.includes("@")) return `sip:${text}`;
  const number = text.replace(/^tel:/i, "").replace(/[\s().\-/]/g, "");
  return number === "" ? "" : `sip:${encodeURIComponent(number).replaceAll("%2B", "+")}@${domain}`;
}

/** What is shown of a party: the number alone at home, the address elsewhere. */
export function shownParty(user: string | null, host: string, domain: string): string {
  if (user === null || user === "") return host;
  const home = domain.split(":")[0];
  return host === home ? decodeUser(user) : `${decodeUser(user)}@${host}`;
}

function decodeUser(user: string): string {
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}

/** The value of a Replaces header (RFC 3891, 6.1) as the side that is asked sees the tags. */
export function replacesValue(dialog: { callId: string; localTag: string; remoteTag: string }): string {
  return `${dialog.callId};to-tag=${dialog.remoteTag};from-tag=${dialog.localTag}`;
}
