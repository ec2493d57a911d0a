// Joins the pure phone to a user agent: one input at a time, effects in order, listeners told once.

import type { UserAgent } from "../sip/user-agent";
import { apply } from "./apply";
import { type Effect, type Input, NEW_PHONE, type Phone } from "./phone";

export class PhoneDesk {
  #phone: Phone = NEW_PHONE;
  #agent: UserAgent | null = null;
  readonly #inbox: Input[] = [];
  #busy = false;
  readonly #listeners = new Set<() => void>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  readonly get = (): Phone => this.#phone;

  get phone(): Phone {
    return this.#phone;
  }

  get agent(): UserAgent | null {
    return this.#agent;
  }

  use(agent: UserAgent | null): void {
    this.#agent = agent;
  }

  /** An input that an effect causes at once waits until the effects before it are done. */
  readonly tell = (input: Input): void => {
    this.#inbox.push(input);
    if (this.#busy) return;
    this.#busy = true;
    try {
      this.#drain();
    } finally {
      this.#busy = false;
    }
  };

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #drain(): void {
    for (let input = this.#inbox.shift(); input !== undefined; input = this.#inbox.shift()) {
      const { phone, effects } = apply(this.#phone, input, this.#now());
      this.#phone = phone;
      if (this.#agent !== null) for (const effect of effects) perform(this.#agent, effect);
      for (const listener of this.#listeners) listener();
    }
  }
}

type Performers = {
  readonly [K in Effect["kind"]]: (agent: UserAgent, effect: Extract<Effect, { kind: K }>) => void;
};

const PERFORMERS: Performers = {
  call: (agent, { line, target }) => agent.call(line, target),
  reattach: (agent, { line, target, dialog }) => agent.reattach(line, target, dialog),
  answer: (agent, { line }) => agent.answer(line),
  "hang-up": (agent, { line }) => agent.hangUp(line),
  "refuse-busy": (agent, { line }) => agent.refuseBusy(line),
  hold: (agent, { line }) => agent.hold(line),
  resume: (agent, { line }) => agent.resume(line),
  "set-muted": (agent, { muted }) => agent.setMuted(muted),
  "send-key": (agent, { line, key }) => agent.sendKey(line, key),
  refer: (agent, { line, target }) => agent.refer(line, target),
  "refer-to": (agent, { line, other }) => agent.referTo(line, other),
  "restart-ice": (agent, { line }) => agent.restartIce(line),
  reconnect: (agent) => agent.reconnect(),
  "reopen-microphone": (agent) => agent.reopenMicrophone(),
};

function perform(agent: UserAgent, effect: Effect): void {
  const act = PERFORMERS[effect.kind] as (agent: UserAgent, effect: Effect) => void;
  act(agent, effect);
}
