// Lets one channel of a stereo recording be heard alone, in both ears.

export type Channels = "both" | "left" | "right";

export class ChannelSwitch {
  readonly #context = new AudioContext();
  readonly #left: GainNode;
  readonly #right: GainNode;
  readonly #crossLeft: GainNode;
  readonly #crossRight: GainNode;

  /** Takes the element's sound for good: a media element has one outlet. */
  constructor(element: HTMLMediaElement) {
    const context = this.#context;
    const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
    const merger = new ChannelMergerNode(context, { numberOfInputs: 2 });
    context.createMediaElementSource(element).connect(splitter);
    const way = (from: number, to: number) => {
      const gain = new GainNode(context);
      splitter.connect(gain, from);
      gain.connect(merger, 0, to);
      return gain;
    };
    this.#left = way(0, 0);
    this.#right = way(1, 1);
    this.#crossLeft = way(0, 1);
    this.#crossRight = way(1, 0);
    merger.connect(context.destination);
  }

  choose(channels: Channels): void {
    void this.#context.resume();
    this.#left.gain.value = channels === "right" ? 0 : 1;
    this.#right.gain.value = channels === "left" ? 0 : 1;
    this.#crossLeft.gain.value = channels === "left" ? 1 : 0;
    this.#crossRight.gain.value = channels === "right" ? 1 : 0;
  }
}
