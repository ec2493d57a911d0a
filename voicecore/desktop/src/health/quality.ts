// How good the call sounds, of two counts some seconds apart: the E-model (ITU-T G.107), for people.

import type { MediaCounts } from "../sip/user-agent";

export type Verdict = "good" | "fair" | "poor" | "silent";

export interface Quality {
  readonly verdict: Verdict;
  /** Mean opinion score, 1 to 4.5, that the E-model foresees. */
  readonly mos: number;
  /** Shares, 0 to 1, in the interval: what we missed, and what the other side missed of us. */
  readonly loss: number;
  /** Null while the other side does not report. */
  readonly lostThere: number | null;
  readonly jitterMs: number;
  readonly roundTripMs: number | null;
  readonly codec: string;
}

/** G.107: R of a connection with neither delay nor loss. */
const R_BEST = 93.2;
/** How a codec bears random loss: the equipment factor Ie and robustness Bpl of G.113, appendix I. */
const CODECS: Readonly<Record<string, { ie: number; bpl: number }>> = {
  PCMU: { ie: 0, bpl: 25.1 },
  PCMA: { ie: 0, bpl: 25.1 },
  G722: { ie: 0, bpl: 25.1 },
  // G.113 has no Opus: we take that of G.711 with concealment, since Opus conceals and hides loss with FEC.
  OPUS: { ie: 0, bpl: 25.1 },
};
const DEFAULT_CODEC = { ie: 0, bpl: 25.1 };
const ASSUMED_ROUND_TRIP_MS = 40;
/** What a jitter buffer holds back, as a multiple of the jitter, and what packets and devices add. */
const BUFFER_OF_JITTER = 2;
const FIXED_DELAY_MS = 40;

/** Null: nothing was to be expected yet. `silent`: the call is up and no packet came. */
export function quality(before: MediaCounts, after: MediaCounts): Quality | null {
  const received = after.received - before.received;
  const lost = Math.max(after.lost - before.lost, 0);
  if (received < 0) return null;
  const loss = received + lost === 0 ? 1 : lost / (received + lost);
  const { lostThere } = after;
  const score = mos(
    Math.max(loss, lostThere ?? 0),
    after.roundTripMs ?? ASSUMED_ROUND_TRIP_MS,
    after.jitterMs,
    after.codec,
  );
  return {
    verdict: received === 0 ? "silent" : verdictOf(score),
    mos: score,
    loss,
    lostThere,
    jitterMs: after.jitterMs,
    roundTripMs: after.roundTripMs,
    codec: after.codec,
  };
}

export function verdictOf(score: number): Verdict {
  if (score >= 4) return "good";
  return score >= 3.3 ? "fair" : "poor";
}

/** ITU-T G.107 with its defaults; the conversion from R is annex B. Loss is a share, times are milliseconds. */
export function mos(loss: number, roundTripMs: number, jitterMs: number, codec: string): number {
  const { ie, bpl } = CODECS[codec.toUpperCase()] ?? DEFAULT_CODEC;
  const delay = roundTripMs / 2 + BUFFER_OF_JITTER * jitterMs + FIXED_DELAY_MS;
  const ofDelay = 0.024 * delay + (delay > 177.3 ? 0.11 * (delay - 177.3) : 0);
  const percent = loss * 100;
  const ofLoss = ie + (95 - ie) * (percent / (percent + bpl));
  const r = Math.min(Math.max(R_BEST - ofDelay - ofLoss, 0), 100);
  return Math.min(Math.max(1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r), 1), 4.5);
}
