// What is kept in the tab's own storage to find calls again after a reload: dialog names, no secret.

import type { KeptCall } from "./phone";

const CALLS = "voicecore.calls";
const ACCOUNT = "voicecore.account";
const INSTANCE = "voicecore.instance";
/** Older than this the server has given the call up. */
const KEPT_FOR_MS = 15_000;

type Box = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export class CallMemory {
  readonly #box: Box;

  constructor(box: Box) {
    this.#box = box;
  }

  keep(calls: readonly KeptCall[]): void {
    if (calls.length === 0) this.#box.removeItem(CALLS);
    else this.#box.setItem(CALLS, JSON.stringify(calls));
  }

  /** When the page goes away: from then on the calls are worth a few seconds. */
  leave(now: number): void {
    const calls = this.#box.getItem(CALLS);
    if (calls !== null) this.#box.setItem(`${CALLS}.left`, String(now));
  }

  /** The calls that this tab had, once; none where too much time has passed. */
  take(now: number): readonly KeptCall[] {
    const left = Number(this.#box.getItem(`${CALLS}.left`) ?? now);
    const calls = parsed(this.#box.getItem(CALLS));
    this.#box.removeItem(`${CALLS}.left`);
    this.#box.removeItem(CALLS);
    return now - left > KEPT_FOR_MS ? [] : calls;
  }

  /** Whose calls they are: the name alone, which opens nothing. */
  get account(): string | null {
    return this.#box.getItem(ACCOUNT);
  }

  set account(name: string | null) {
    if (name === null) this.#box.removeItem(ACCOUNT);
    else this.#box.setItem(ACCOUNT, name);
  }

  /** The same name for the life of the tab (RFC 5626, 4.1: a URN of a UUID). */
  instance(random: () => string): string {
    const known = this.#box.getItem(INSTANCE);
    if (known !== null) return known;
    const made = random();
    this.#box.setItem(INSTANCE, made);
    return made;
  }
}

function parsed(text: string | null): readonly KeptCall[] {
  if (text === null) return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter(isKeptCall) : [];
  } catch {
    return [];
  }
}

function isKeptCall(value: unknown): value is KeptCall {
  if (typeof value !== "object" || value === null) return false;
  const { party, direction, dialog, onHold, since } = value as Partial<Record<keyof KeptCall, unknown>>;
  if (typeof dialog !== "object" || dialog === null) return false;
  const names = Object.values(dialog);
  return (
    typeof party === "string" &&
    (direction === "incoming" || direction === "outgoing") &&
    typeof onHold === "boolean" &&
    typeof since === "number" &&
    names.length === 3 &&
    names.every((name) => typeof name === "string")
  );
}
