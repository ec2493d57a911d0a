import { expect, test } from "vitest";
import { EventStream, type Wishes } from "../src/api/event-stream";
import { NO_CALLS, withEvent, withPage } from "../src/calls/recent";
import { type CallSummary, callDetail, callSummary, peaks } from "../src/wire/call";
import { type ServerEvent, serverEvent } from "../src/wire/event";
import { WireError } from "../src/wire/read";

function call(id: string, startedAt: number, isActive = false): CallSummary {
  const times = { startedAt, answeredAt: null, endedAt: null, durationS: null };
  return { id, direction: "inbound", from: "1", to: "2", isActive, ...times, outcome: null, recordings: 0 };
}

const WIRE_CALL = {
  id: "c1",
  direction: "inbound",
  from: "1",
  to: "2",
  state: "active",
  started_at: "2026-01-01T00:00:00Z",
  answered_at: null,
  ended_at: null,
  duration_s: null,
  outcome: null,
  recordings: 0,
};

test("an event is newer than the list that was asked for before it", () => {
  const ended = { ...call("a", 1), outcome: "ended" };
  const told = withEvent(NO_CALLS, { kind: "call", seq: 5, call: ended });
  const listed = withPage(told, { calls: [call("a", 1, true), call("b", 2)], next: "n" });
  expect(listed.calls).toEqual([call("b", 2), ended]);
  expect(listed.next).toBe("n");
});

test("an event that comes again after a resume is passed over", () => {
  const once = withEvent(NO_CALLS, { kind: "call", seq: 5, call: call("a", 1) });
  expect(withEvent(once, { kind: "call", seq: 5, call: call("b", 1) })).toBe(once);
  expect(withEvent(once, { kind: "other", seq: 7 }).seq).toBe(7);
});

test("after a snapshot only what it names is running", () => {
  const before = withPage(NO_CALLS, { calls: [call("a", 1, true), call("b", 2)], next: null });
  const after = withEvent(before, { kind: "snapshot", seq: 9, calls: [call("c", 3, true)] });
  expect(after.calls.map(({ id }) => id)).toEqual(["c", "b"]);
});

test("the stream comes back after the last event, and waits longer each time in vain", () => {
  const opened: Wishes[] = [];
  const waits: number[] = [];
  const heard: ServerEvent[] = [];
  const tasks: (() => void)[] = [];
  const stream = new EventStream({
    open: (wishes) => opened.push(wishes),
    later: (task, afterMs) => {
      tasks.push(task);
      waits.push(afterMs);
    },
    heard: (event) => heard.push(event),
  });
  const again = () => {
    opened.at(-1)?.closed();
    tasks.at(-1)?.();
  };
  stream.start();
  again();
  again();
  opened.at(-1)?.heard(JSON.stringify({ kind: "call-started", seq: 7, call: WIRE_CALL }));
  again();
  expect(opened.map(({ after }) => after)).toEqual([null, null, null, 7]);
  expect(waits).toEqual([500, 1000, 500]);
  expect(heard).toHaveLength(1);
});

test("kinds of events that this page does not know are counted", () => {
  expect(serverEvent({ kind: "weather", seq: 3 })).toEqual({ kind: "other", seq: 3 });
});

test("times come as text and are kept as milliseconds", () => {
  expect(callSummary(WIRE_CALL)).toMatchObject({ startedAt: Date.UTC(2026, 0, 1), isActive: true });
});

test.each([
  ["started_at", "yesterday"],
  ["id", 7],
  ["duration_s", "long"],
])("a call whose %s is wrong names that field", (field, value) => {
  expect(() => callSummary({ ...WIRE_CALL, [field]: value })).toThrowError(new WireError(`call.${field}`));
});

test("details count their recordings", () => {
  const marks = [{ at_s: 0.5, kind: "note", text: "offer accepted", fields: {} }];
  const recordings = [{ id: "r", channels: 2, duration_s: 1.5, size: 10, marks }];
  const detail = callDetail({ ...WIRE_CALL, legs: [], journal: [], recordings });
  expect(detail.recordings).toBe(1);
  const read = [{ atS: 0.5, kind: "note", text: "offer accepted" }];
  expect(detail.recorded).toEqual([{ id: "r", channels: 2, durationS: 1.5, marks: read }]);
});

test("peaks are lists of numbers by channel", () => {
  expect(peaks({ duration_s: 1, channels: [[0.5], [1]] }).channels).toEqual([[0.5], [1]]);
  expect(() => peaks({ duration_s: 1, channels: [["loud"]] })).toThrowError(WireError);
});
