// Asks the agent for counts every few seconds and keeps the verdict of the last interval.

import type { LineId } from "../phone/phone";
import type { MediaCounts } from "../sip/user-agent";
import { Store } from "../store";
import { type Quality, quality } from "./quality";

export type CountsOf = (line: LineId) => Promise<MediaCounts | null>;

export class QualityMonitor {
  readonly quality = new Store<Quality | null>(null);
  readonly #counts: CountsOf;
  #line: LineId | null = null;
  #before: MediaCounts | null = null;

  constructor(counts: CountsOf) {
    this.#counts = counts;
  }

  /** To be called at regular intervals, with the line that is spoken on; null: nobody speaks. */
  async measure(line: LineId | null): Promise<void> {
    if (line !== this.#line) {
      this.#line = line;
      this.#before = null;
      this.quality.set(null);
    }
    if (line === null) return;
    const after = await this.#counts(line);
    if (line !== this.#line || after === null) return;
    if (this.#before !== null) this.quality.set(quality(this.#before, after));
    this.#before = after;
  }
}
