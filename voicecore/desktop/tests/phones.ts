// Phones for tests, built by the inputs that lead to them.

import { apply } from "../src/phone/apply";
import type { DialogId, Effect, Input, LineId, Phone } from "../src/phone/phone";
import { NEW_PHONE } from "../src/phone/phone";

export const NOW = 1_000_000;
export const A = "a" as LineId;
export const B = "b" as LineId;
export const C = "c" as LineId;

export function dialog(name: string): DialogId {
  return { callId: name, localTag: `${name}-ours`, remoteTag: `${name}-theirs` };
}

export function run(phone: Phone, ...inputs: Input[]): { phone: Phone; effects: readonly Effect[] } {
  let effects: readonly Effect[] = [];
  let at = phone;
  for (const input of inputs) {
    const step = apply(at, input, NOW);
    at = step.phone;
    effects = step.effects;
  }
  return { phone: at, effects };
}

export const READY = run(NEW_PHONE, { kind: "registered" }).phone;
export const IN_CALL = run(
  READY,
  { kind: "dial", line: A, target: "1000" },
  { kind: "accepted", line: A, dialog: dialog("a") },
).phone;
export const ON_HOLD = run(IN_CALL, { kind: "toggle-hold" }, { kind: "changed", line: A }).phone;
/** The first call is held, the second is spoken on. */
export const TWO = run(
  IN_CALL,
  { kind: "dial", line: B, target: "2000" },
  { kind: "changed", line: A },
  { kind: "accepted", line: B, dialog: dialog("b") },
).phone;
