// The microphone: opened once, lent to each call as a copy, and watched.

export type MicrophoneTrouble = "blocked" | "missing" | "lost" | "insecure";

export interface MicrophoneListener {
  failed(why: MicrophoneTrouble): void;
  works(): void;
}

export class Microphone {
  #device = "";
  #cleanUp = true;
  #stream: MediaStream | null = null;

  readonly #listener: MicrophoneListener;

  constructor(listener: MicrophoneListener) {
    this.#listener = listener;
  }

  /** "" is the system's default. Takes effect when the microphone is next opened. */
  choose(device: string, cleanUp: boolean): void {
    this.#device = device;
    this.#cleanUp = cleanUp;
    this.close();
  }

  /** A copy of the microphone's stream that the caller stops. Rejects after having told the listener why. */
  async lend(): Promise<MediaStream> {
    this.#stream ??= await this.#open();
    return this.#stream.clone();
  }

  /** Whether it can be had now; the listener is told. */
  async check(): Promise<void> {
    try {
      for (const track of (await this.lend()).getTracks()) track.stop();
    } catch {
      // The listener knows why.
    }
  }

  close(): void {
    for (const track of this.#stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.#stream = null;
  }

  async #open(): Promise<MediaStream> {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: this.#constraints() });
      for (const track of stream.getTracks()) {
        track.onended = () => {
          this.close();
          this.#listener.failed("lost");
        };
      }
      this.#listener.works();
      return stream;
    } catch (error) {
      this.#listener.failed(troubleOf(error));
      throw error;
    }
  }

  #constraints(): MediaTrackConstraints {
    const on = this.#cleanUp;
    const processing = { echoCancellation: on, noiseSuppression: on, autoGainControl: on };
    // `ideal`, not `exact`: when the chosen one is unplugged the default is better than silence.
    return this.#device === "" ? processing : { ...processing, deviceId: { ideal: this.#device } };
  }
}

function troubleOf(error: unknown): MicrophoneTrouble {
  // Outside https and this machine, browsers have no mediaDevices at all.
  if (!window.isSecureContext) return "insecure";
  const name = error instanceof DOMException ? error.name : "";
  return name === "NotAllowedError" || name === "SecurityError" ? "blocked" : "missing";
}
