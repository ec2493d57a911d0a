// The list of recent calls: what the API listed, kept fresh by its events. Pure.

import type { CallPage, CallSummary } from "../wire/call";
import type { ServerEvent } from "../wire/event";

export interface RecentCalls {
  /** Latest first. */
  readonly calls: readonly CallSummary[];
  /** The last event that is in `calls`; null before the first. */
  readonly seq: number | null;
  readonly next: string | null;
}

export const NO_CALLS: RecentCalls = { calls: [], seq: null, next: null };
const KEPT = 500;

export function withPage(recent: RecentCalls, page: CallPage): RecentCalls {
  // What an event brought may be newer than the page, which was asked for before.
  return { ...recent, calls: merged(page.calls, recent.calls), next: page.next };
}

export function withEvent(recent: RecentCalls, event: ServerEvent): RecentCalls {
  switch (event.kind) {
    case "snapshot":
      return {
        ...recent,
        seq: event.seq,
        calls: merged(
          recent.calls.filter((call) => !call.isActive),
          event.calls,
        ),
      };
    case "call":
      // After a resume the same event may come twice.
      if (recent.seq !== null && event.seq <= recent.seq) return recent;
      return { ...recent, seq: event.seq, calls: merged(recent.calls, [event.call]) };
    case "other":
      return { ...recent, seq: Math.max(event.seq, recent.seq ?? event.seq) };
    default:
      return event satisfies never;
  }
}

function merged(older: readonly CallSummary[], newer: readonly CallSummary[]): readonly CallSummary[] {
  const byId = new Map([...older, ...newer].map((call) => [call.id, call]));
  return [...byId.values()]
    .sort((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1))
    .slice(0, KEPT);
}
