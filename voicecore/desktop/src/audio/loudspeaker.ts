// Plays what calls bring, on the device that was chosen.

export class Loudspeaker {
  #device = "";
  readonly #playing = new Map<string, HTMLAudioElement>();
  readonly #blocked: (blocked: boolean) => void;

  /** `blocked` is told whether the browser refuses to play before somebody has clicked. */
  constructor(blocked: (blocked: boolean) => void) {
    this.#blocked = blocked;
  }

  choose(device: string): void {
    this.#device = device;
    for (const element of this.#playing.values()) void this.#direct(element);
  }

  play(call: string, stream: MediaStream): void {
    this.stop(call);
    const element = new Audio();
    element.srcObject = stream;
    this.#playing.set(call, element);
    void this.#direct(element);
    void this.#start(element);
  }

  stop(call: string): void {
    const element = this.#playing.get(call);
    if (element === undefined) return;
    element.pause();
    element.srcObject = null;
    this.#playing.delete(call);
  }

  /** Again, after a click. */
  retry(): void {
    for (const element of this.#playing.values()) void this.#start(element);
  }

  async #start(element: HTMLAudioElement): Promise<void> {
    try {
      await element.play();
      this.#blocked(false);
    } catch (error) {
      if (error instanceof DOMException && error.name === "NotAllowedError") this.#blocked(true);
    }
  }

  async #direct(element: HTMLAudioElement): Promise<void> {
    // Not every browser lets a page choose, and a device may be gone: then the system's default plays.
    if ("setSinkId" in element) await element.setSinkId(this.#device).catch(() => undefined);
  }
}
