// Calls as the API tells them: GET /calls, GET /calls/{id}, its ladder and the peaks of its recordings.

import { list, number, object, optional, text, time, type Wire } from "./read";

export interface CallSummary {
  readonly id: string;
  readonly direction: string;
  readonly from: string;
  readonly to: string;
  readonly isActive: boolean;
  /** Times are milliseconds since the epoch. */
  readonly startedAt: number;
  readonly answeredAt: number | null;
  readonly endedAt: number | null;
  readonly durationS: number | null;
  readonly outcome: string | null;
  readonly recordings: number;
}

export interface CallLeg {
  readonly id: string;
  readonly party: string;
  readonly codec: string | null;
  readonly mos: number | null;
  /** Share of packets that were lost, 0 to 1. */
  readonly loss: number | null;
  readonly jitterMs: number | null;
}

export interface JournalEntry {
  readonly at: number;
  readonly kind: string;
  readonly detail: string;
}

/** A place in a recording. */
export interface Mark {
  readonly atS: number;
  readonly kind: string;
  readonly text: string;
}

export interface Recording {
  readonly id: string;
  readonly channels: number;
  readonly durationS: number;
  readonly marks: readonly Mark[];
}

export interface CallDetail extends CallSummary {
  readonly legs: readonly CallLeg[];
  readonly journal: readonly JournalEntry[];
  readonly recorded: readonly Recording[];
}

export interface LadderMessage {
  readonly at: number;
  /** They count into `parties`. */
  readonly from: number;
  readonly to: number;
  readonly line: string;
  readonly raw: string;
}

export interface LadderParty {
  readonly role: string;
  readonly address: string;
}

export interface Ladder {
  readonly parties: readonly LadderParty[];
  readonly messages: readonly LadderMessage[];
}

export interface Peaks {
  readonly durationS: number;
  /** One list a channel, each value 0 to 1. */
  readonly channels: readonly (readonly number[])[];
}

export interface CallPage {
  readonly calls: readonly CallSummary[];
  /** What asks for the calls before these; null: there are none. */
  readonly next: string | null;
}

export function callSummary(value: unknown, field = "call"): CallSummary {
  const call = object(value, field);
  return {
    id: text(call["id"], `${field}.id`),
    direction: text(call["direction"], `${field}.direction`),
    from: optional(call["from"], `${field}.from`, text) ?? "",
    to: optional(call["to"], `${field}.to`, text) ?? "",
    isActive: text(call["state"], `${field}.state`) === "active",
    startedAt: time(call["started_at"], `${field}.started_at`),
    answeredAt: optional(call["answered_at"], `${field}.answered_at`, time),
    endedAt: optional(call["ended_at"], `${field}.ended_at`, time),
    durationS: optional(call["duration_s"], `${field}.duration_s`, number),
    outcome: optional(call["outcome"], `${field}.outcome`, text),
    recordings: typeof call["recordings"] === "number" ? call["recordings"] : 0,
  };
}

export function callPage(value: unknown): CallPage {
  const page = object(value, "calls");
  return { calls: list(page["calls"], "calls", callSummary), next: optional(page["next"], "next", text) };
}

export function callDetail(value: unknown): CallDetail {
  const call = object(value, "call");
  const recorded = list(call["recordings"], "recordings", recording);
  return {
    ...callSummary({ ...call, recordings: recorded.length }),
    legs: list(call["legs"], "legs", leg),
    journal: list(call["journal"], "journal", journalEntry),
    recorded,
  };
}

export function ladder(value: unknown): Ladder {
  const told = object(value, "ladder");
  return {
    parties: list(told["parties"], "parties", ladderParty),
    messages: list(told["messages"], "messages", ladderMessage),
  };
}

export function peaks(value: unknown): Peaks {
  const told = object(value, "peaks");
  return {
    durationS: number(told["duration_s"], "duration_s"),
    channels: list(told["channels"], "channels", (one, field) => list(one, field, number)),
  };
}

function leg(value: unknown, field: string): CallLeg {
  const told = object(value, field);
  return {
    id: text(told["id"], `${field}.id`),
    party: optional(told["party"], `${field}.party`, text) ?? "",
    codec: optional(told["codec"], `${field}.codec`, text),
    mos: optional(told["mos"], `${field}.mos`, number),
    loss: optional(told["loss"], `${field}.loss`, number),
    jitterMs: optional(told["jitter_ms"], `${field}.jitter_ms`, number),
  };
}

function journalEntry(value: unknown, field: string): JournalEntry {
  const told: Wire = object(value, field);
  return {
    at: time(told["at"], `${field}.at`),
    kind: text(told["kind"], `${field}.kind`),
    detail: optional(told["detail"], `${field}.detail`, text) ?? "",
  };
}

function recording(value: unknown, field: string): Recording {
  const told = object(value, field);
  return {
    id: text(told["id"], `${field}.id`),
    channels: number(told["channels"], `${field}.channels`),
    durationS: number(told["duration_s"], `${field}.duration_s`),
    marks: list(told["marks"] ?? [], `${field}.marks`, mark),
  };
}

function mark(value: unknown, field: string): Mark {
  const told = object(value, field);
  return {
    atS: number(told["at_s"], `${field}.at_s`),
    kind: text(told["kind"], `${field}.kind`),
    text: optional(told["text"], `${field}.text`, text) ?? "",
  };
}

function ladderParty(value: unknown, field: string): LadderParty {
  const told = object(value, field);
  return { role: text(told["role"], `${field}.role`), address: text(told["address"], `${field}.address`) };
}

function ladderMessage(value: unknown, field: string): LadderMessage {
  const told = object(value, field);
  return {
    at: time(told["at"], `${field}.at`),
    from: number(told["from"], `${field}.from`),
    to: number(told["to"], `${field}.to`),
    line: text(told["line"], `${field}.line`),
    raw: optional(told["raw"], `${field}.raw`, text) ?? "",
  };
}
