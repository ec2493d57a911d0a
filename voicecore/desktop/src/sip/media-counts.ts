// The few figures of a browser's statistics that the phone shows.

import type { MediaCounts } from "./user-agent";

interface Stat {
  readonly type: string;
  readonly kind?: string;
  readonly packetsReceived?: number;
  readonly packetsLost?: number;
  readonly jitter?: number;
  readonly fractionLost?: number;
  readonly roundTripTime?: number;
  readonly codecId?: string;
  readonly mimeType?: string;
}

/** Null where no audio has been set up yet. Seconds become milliseconds. */
export function mediaCounts(stats: Iterable<readonly [string, Stat]>): MediaCounts | null {
  const byId = new Map(stats);
  const all = [...byId.values()];
  const inbound = all.find((one) => one.type === "inbound-rtp" && one.kind === "audio");
  if (inbound === undefined) return null;
  const there = all.find((one) => one.type === "remote-inbound-rtp" && one.kind === "audio");
  const codec = byId.get(inbound.codecId ?? "")?.mimeType ?? "";
  return {
    received: inbound.packetsReceived ?? 0,
    lost: Math.max(inbound.packetsLost ?? 0, 0),
    jitterMs: (inbound.jitter ?? 0) * 1000,
    lostThere: there?.fractionLost ?? null,
    roundTripMs: there?.roundTripTime === undefined ? null : there.roundTripTime * 1000,
    codec: codec.replace(/^audio\//, ""),
  };
}
