import { expect, test } from "vitest";
import { level } from "../src/audio/level";
import { QualityMonitor } from "../src/health/monitor";
import { mos, quality, verdictOf } from "../src/health/quality";
import { mediaCounts } from "../src/sip/media-counts";
import type { MediaCounts } from "../src/sip/user-agent";
import { A, B } from "./phones";

function counts(received: number, lost: number, more: Partial<MediaCounts> = {}): MediaCounts {
  return { received, lost, jitterMs: 2, lostThere: null, roundTripMs: 20, codec: "PCMU", ...more };
}

test("a clean connection is good, and gets worse with loss, jitter and delay", () => {
  const clean = mos(0, 20, 2, "PCMU");
  expect(clean).toBeGreaterThan(4.2);
  expect(clean).toBeLessThanOrEqual(4.5);
  expect(mos(0.02, 20, 2, "PCMU")).toBeLessThan(clean);
  expect(mos(0, 800, 2, "PCMU")).toBeLessThan(clean);
  expect(mos(0, 20, 100, "PCMU")).toBeLessThan(clean);
  expect(mos(1, 2000, 500, "unheard-of")).toBe(1);
});

test("words follow the figure", () => {
  expect([4.3, 3.5, 2].map(verdictOf)).toEqual(["good", "fair", "poor"]);
});

test("only what happened in the interval counts", () => {
  expect(quality(counts(100, 50), counts(200, 50))?.loss).toBe(0);
  expect(quality(counts(100, 0), counts(190, 10))?.loss).toBeCloseTo(0.1);
  expect(quality(counts(100, 0), counts(50, 0))).toBeNull();
});

test("a call without packets is silent, and what the other side misses counts as well", () => {
  expect(quality(counts(100, 0), counts(100, 0))?.verdict).toBe("silent");
  const theirs = quality(counts(100, 0), counts(200, 0, { lostThere: 0.3 }));
  expect(theirs?.verdict).toBe("poor");
  expect(theirs?.loss).toBe(0);
});

test("a monitor needs two looks at the same line", async () => {
  let received = 0;
  const monitor = new QualityMonitor(async () => {
    received += 100;
    return counts(received, 0);
  });
  await monitor.measure(A);
  expect(monitor.quality.get()).toBeNull();
  await monitor.measure(A);
  expect(monitor.quality.get()?.verdict).toBe("good");
  await monitor.measure(B);
  expect(monitor.quality.get()).toBeNull();
  await monitor.measure(null);
  expect(monitor.quality.get()).toBeNull();
});

test("counts are read from a browser's report", () => {
  const report = new Map([
    [
      "i",
      {
        type: "inbound-rtp",
        kind: "audio",
        packetsReceived: 9,
        packetsLost: -1,
        jitter: 0.004,
        codecId: "c",
      },
    ],
    ["r", { type: "remote-inbound-rtp", kind: "audio", fractionLost: 0.25, roundTripTime: 0.05 }],
    ["c", { type: "codec", mimeType: "audio/opus" }],
  ]);
  expect(mediaCounts(report)).toEqual({
    received: 9,
    lost: 0,
    jitterMs: 4,
    lostThere: 0.25,
    roundTripMs: 50,
    codec: "opus",
  });
  expect(mediaCounts(new Map())).toBeNull();
});

test("the level is 0 in silence and 1 at full scale", () => {
  expect(level(new Float32Array(64))).toBe(0);
  expect(level(new Float32Array(64).fill(1))).toBe(1);
  expect(level(new Float32Array(64).fill(0.1))).toBeCloseTo(2 / 3);
});
