// Watches what happens around the page: sleep, network, devices.

import type { Input } from "./phone/phone";

const BEAT_MS = 2000;
/** Browsers slow the timers of hidden tabs down to one a minute; a longer gap was sleep. */
const SLEPT_AFTER_MS = 90_000;

interface Connectivity extends EventTarget {
  readonly type?: string;
}

/** Tells whether a beat came so late that the tab, or the machine, must have slept. */
export class Heartbeat {
  #last: number;

  constructor(now: number) {
    this.#last = now;
  }

  beat(now: number): boolean {
    const gap = now - this.#last;
    this.#last = now;
    return gap > SLEPT_AFTER_MS;
  }
}

export function watchWorld(tell: (input: Input) => void, devicesChanged: () => void): void {
  const heart = new Heartbeat(Date.now());
  const beat = () => {
    if (heart.beat(Date.now())) tell({ kind: "woke" });
  };
  setInterval(beat, BEAT_MS);
  document.addEventListener("visibilitychange", beat);
  // Chromium freezes hidden tabs (Page Lifecycle); timers and sockets stand still until then.
  document.addEventListener("resume", () => tell({ kind: "woke" }));
  window.addEventListener("online", () => tell({ kind: "network-changed" }));
  watchConnectivity(() => tell({ kind: "network-changed" }));
  navigator.mediaDevices?.addEventListener("devicechange", devicesChanged);
  document.addEventListener("click", () => tell({ kind: "sound-works" }));
}

/** Chromium also says when the kind of network changes, as from cable to Wi-Fi, without a moment offline. */
function watchConnectivity(changed: () => void): void {
  const { connection } = navigator as { connection?: Connectivity };
  if (connection === undefined) return;
  let type = connection.type;
  connection.addEventListener("change", () => {
    if (connection.type !== type) changed();
    type = connection.type;
  });
}
