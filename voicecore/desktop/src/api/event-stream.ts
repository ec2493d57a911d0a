// Follows the server's events and comes back where it stopped. Socket and timer are passed in.

import { type ServerEvent, serverEvent } from "../wire/event";

export interface Wishes {
  /** The sequence number after which events are wanted; null: from a snapshot on. */
  readonly after: number | null;
  readonly heard: (data: unknown) => void;
  readonly closed: () => void;
}

export interface StreamParts {
  /** Opens /events. */
  readonly open: (wishes: Wishes) => void;
  readonly later: (task: () => void, afterMs: number) => void;
  readonly heard: (event: ServerEvent) => void;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

export class EventStream {
  #after: number | null = null;
  #wait = FIRST_WAIT_MS;
  readonly #parts: StreamParts;

  constructor(parts: StreamParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#parts.open({
      after: this.#after,
      heard: (data) => this.#hear(data),
      closed: () => {
        this.#parts.later(() => this.start(), this.#wait);
        this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
      },
    });
  }

  #hear(data: unknown): void {
    if (typeof data !== "string") return;
    const event = serverEvent(JSON.parse(data));
    this.#after = event.seq;
    this.#wait = FIRST_WAIT_MS;
    this.#parts.heard(event);
  }
}
