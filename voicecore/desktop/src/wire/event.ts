// What comes over the WebSocket /events.

import { type CallSummary, callSummary } from "./call";
import { list, number, object, text } from "./read";

export type ServerEvent =
  | { readonly kind: "snapshot"; readonly seq: number; readonly calls: readonly CallSummary[] }
  | { readonly kind: "call"; readonly seq: number; readonly call: CallSummary }
  /** Kinds that this page does not know yet are counted and passed over. */
  | { readonly kind: "other"; readonly seq: number };

const OF_CALLS = ["call-started", "call-changed", "call-ended"];

export function serverEvent(value: unknown): ServerEvent {
  const told = object(value, "event");
  const kind = text(told["kind"], "kind");
  const seq = number(told["seq"], "seq");
  if (kind === "snapshot") return { kind, seq, calls: list(told["calls"], "calls", callSummary) };
  return OF_CALLS.includes(kind)
    ? { kind: "call", seq, call: callSummary(told["call"]) }
    : { kind: "other", seq };
}
