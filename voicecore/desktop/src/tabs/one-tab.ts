// One tab of this browser is the phone. Another one says so, and can take it over with the calls that run.

import type { KeptCall } from "../phone/phone";

/** What goes from the tab that was the phone to the one that becomes it. */
export interface Handover {
  readonly calls: readonly KeptCall[];
  readonly account: string | null;
}

export interface TabParts {
  readonly locks: Pick<LockManager, "request">;
  readonly channel: Pick<BroadcastChannel, "postMessage" | "onmessage">;
  /** This tab is the phone, with what the tab before had; null: there was none. */
  readonly here: (given: Handover | null) => void;
  readonly elsewhere: () => void;
  /** Another tab wants it: says which calls run here. `gone` follows. */
  readonly give: () => Handover;
  readonly gone: () => void;
}

type Message = { readonly kind: "give" } | { readonly kind: "given"; readonly given: Handover };

const LOCK = "voicecore.phone";

export class OneTab {
  readonly #parts: TabParts;
  #isHere = false;
  #given: Handover | null = null;

  constructor(parts: TabParts) {
    this.#parts = parts;
    parts.channel.onmessage = ({ data }) => this.#hear(data as Message);
  }

  async start(): Promise<void> {
    await this.#parts.locks.request(LOCK, { ifAvailable: true }, (lock) => {
      if (lock === null) this.#parts.elsewhere();
      return lock === null ? undefined : this.#hold();
    });
  }

  /** Waits in line for the lock, then asks its holder to go. */
  async takeOver(): Promise<void> {
    const granted = this.#parts.locks.request(LOCK, () => this.#hold());
    this.#parts.channel.postMessage({ kind: "give" } satisfies Message);
    await granted;
  }

  #hold(): Promise<void> {
    this.#isHere = true;
    this.#parts.here(this.#given);
    this.#given = null;
    return new Promise(() => undefined); // the lock ends with the page
  }

  #hear(message: Message): void {
    if (message.kind === "given") this.#given = message.given;
    else if (this.#isHere) {
      this.#parts.channel.postMessage({ kind: "given", given: this.#parts.give() } satisfies Message);
      this.#parts.gone();
    }
  }
}
