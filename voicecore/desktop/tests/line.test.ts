import { expect, test } from "vitest";
import { isEstablished, type LineInput, type LineState, next, TRANSITIONS } from "../src/phone/line";

const STATES = Object.keys(TRANSITIONS) as LineState[];
const INPUTS: readonly LineInput[] = [
  "answer",
  "accepted",
  "hold",
  "resume",
  "changed",
  "refused",
  "hang-up",
  "ended",
];
const FIRST: readonly LineState[] = ["calling", "ringing", "reattaching"];

function reachable(from: readonly LineState[]): Set<LineState> {
  const found = new Set(from);
  for (const state of found) for (const after of Object.values(TRANSITIONS[state])) found.add(after);
  return found;
}

test("every state is reached by a call that begins in one of three ways", () => {
  expect([...reachable(FIRST)].sort()).toEqual([...STATES].sort());
});

test("every state but the last leads to the end", () => {
  for (const state of STATES) expect(reachable([state]).has("ended")).toBe(true);
  expect(TRANSITIONS.ended).toEqual({});
});

test("a call that is over can be neither hung up nor held", () => {
  for (const input of INPUTS) expect(next("ended", input)).toBeNull();
  expect(INPUTS.filter((input) => next("ending", input) !== null)).toEqual(["ended"]);
});

test("what is refused leads back to where it was asked", () => {
  expect(next(next("in-call", "hold") ?? "ended", "refused")).toBe("in-call");
  expect(next(next("on-hold", "resume") ?? "ended", "refused")).toBe("on-hold");
});

test("only established calls can be held or resumed", () => {
  for (const state of STATES) {
    const changes = next(state, "hold") !== null || next(state, "resume") !== null;
    if (changes) expect(isEstablished(state)).toBe(true);
  }
});
