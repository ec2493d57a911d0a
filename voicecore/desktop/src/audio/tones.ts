// Sounds that the page makes by itself: the ring, the soft tone of a second call, the test tone.

export type Ring = "none" | "ring" | "waiting";

interface Cadence {
  readonly frequencies: readonly number[];
  readonly onS: number;
  readonly everyMs: number;
  readonly volume: number;
}

const CADENCES: Readonly<Record<Exclude<Ring, "none">, Cadence>> = {
  ring: { frequencies: [440, 480], onS: 1.2, everyMs: 3000, volume: 0.25 },
  waiting: { frequencies: [440], onS: 0.2, everyMs: 6000, volume: 0.06 },
};
const TEST: Cadence = { frequencies: [440], onS: 1, everyMs: 0, volume: 0.2 };
const EDGE_S = 0.02;

export class Tones {
  #context: AudioContext | null = null;
  #ring: Ring = "none";
  #timer: ReturnType<typeof setInterval> | null = null;

  /** Until it is told otherwise. `device` "" is the system's default. */
  ring(ring: Ring, device: string): void {
    if (ring === this.#ring) return;
    this.#ring = ring;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    if (ring === "none") {
      void this.#context?.close();
      this.#context = null;
      return;
    }
    const cadence = CADENCES[ring];
    const context = this.#opened(device);
    sound(context, cadence);
    this.#timer = setInterval(() => sound(context, cadence), cadence.everyMs);
  }

  async test(device: string): Promise<void> {
    const context = new AudioContext();
    await direct(context, device);
    sound(context, TEST);
    setTimeout(() => void context.close(), (TEST.onS + 0.5) * 1000);
  }

  #opened(device: string): AudioContext {
    void this.#context?.close();
    this.#context = new AudioContext();
    void direct(this.#context, device);
    return this.#context;
  }
}

function sound(context: AudioContext, { frequencies, onS, volume }: Cadence): void {
  const gain = context.createGain();
  const begin = context.currentTime;
  gain.gain.setValueAtTime(0, begin);
  gain.gain.linearRampToValueAtTime(volume, begin + EDGE_S);
  gain.gain.setValueAtTime(volume, begin + onS - EDGE_S);
  gain.gain.linearRampToValueAtTime(0, begin + onS);
  gain.connect(context.destination);
  for (const frequency of frequencies) {
    const oscillator = new OscillatorNode(context, { frequency });
    oscillator.connect(gain);
    oscillator.start(begin);
    oscillator.stop(begin + onS);
  }
}

async function direct(context: AudioContext, device: string): Promise<void> {
  // Chromium alone lets a context choose its device; elsewhere the default rings.
  const { setSinkId } = context as { setSinkId?: (id: string) => Promise<void> };
  if (setSinkId !== undefined && device !== "") await setSinkId.call(context, device).catch(() => undefined);
}
