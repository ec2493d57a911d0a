// From an open page to a registered phone: signing in, the configuration, credentials and their renewal.

import { type ApiClient, ApiError } from "./api/client";
import type { PhoneDesk } from "./phone/desk";
import type { PhoneCredentials, UserAgent } from "./sip/user-agent";
import { Store } from "./store";
import type { Configuration, Session } from "./wire/site";

export type SiteState =
  | { readonly kind: "starting" }
  | { readonly kind: "sign-in"; readonly problem: "none" | "wrong" | "too-often" }
  | { readonly kind: "unreachable" }
  | {
      readonly kind: "open";
      readonly session: Session;
      readonly configuration: Configuration;
      readonly account: string | null;
    };

export interface SiteParts {
  readonly api: Pick<ApiClient, "resume" | "signIn" | "configuration" | "phoneCredentials">;
  /** The account that this tab's phone had before a reload. */
  readonly account: { account: string | null };
  readonly desk: PhoneDesk;
  readonly makeAgent: (credentials: PhoneCredentials, configuration: Configuration) => UserAgent;
  readonly later: (task: () => void, afterMs: number) => () => void;
  readonly now: () => number;
}

/** Credentials are renewed when this share of their time is left. */
const RENEW_AT_SHARE = 0.2;
const TRY_AGAIN_MS = 10_000;
/** Browsers keep timers in 31 bits of milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Site {
  readonly state = new Store<SiteState>({ kind: "starting" });
  readonly #parts: SiteParts;
  #cancel: (() => void) | null = null;
  #wantsPhone = false;
  #registered: string | null = null;
  #madeAt = Number.NEGATIVE_INFINITY;
  #openedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: SiteParts) {
    this.#parts = parts;
  }

  async open(token: string | null): Promise<void> {
    this.#openedAt = this.#parts.now();
    if (this.state.get().kind !== "open") this.state.set({ kind: "starting" });
    try {
      const session = await this.#join(token);
      const configuration = await this.#parts.api.configuration();
      this.state.set({ kind: "open", session, configuration, account: null });
    } catch (error) {
      this.state.set(afterRefusal(error, token !== null));
      return;
    }
    if (this.#wantsPhone) await this.startPhone();
  }

  /** Gets credentials and registers with them. Before the site is open it is only remembered. */
  async startPhone(): Promise<void> {
    this.#wantsPhone = true;
    const site = this.state.get();
    if (site.kind !== "open") return;
    this.#cancel?.();
    this.#madeAt = this.#parts.now();
    try {
      const credentials = await this.#parts.api.phoneCredentials(this.#parts.account.account);
      this.#register(credentials, site.configuration);
      this.state.set({ ...site, account: credentials.account });
      this.#plan((credentials.expiresAt - this.#madeAt) * (1 - RENEW_AT_SHARE));
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** The server did not accept the credentials: it may have been started anew. New ones, but not in a hurry. */
  refused(): void {
    this.#plan(Math.max(TRY_AGAIN_MS - (this.#parts.now() - this.#madeAt), 0));
  }

  async #join(token: string | null): Promise<Session> {
    if (token !== null) return this.#parts.api.signIn(token);
    try {
      return await this.#parts.api.resume();
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return this.#parts.api.signIn(null);
      throw error;
    }
  }

  #register(credentials: PhoneCredentials, configuration: Configuration): void {
    const { desk, account } = this.#parts;
    account.account = credentials.account;
    if (desk.agent !== null && credentials.account === this.#registered) {
      desk.agent.renew(credentials);
      return;
    }
    // Another account is another phone: it waits for the calls of the old one.
    if (desk.agent !== null && desk.phone.lines.length > 0) throw new ApiError(0, "");
    desk.agent?.stop();
    this.#registered = credentials.account;
    const agent = this.#parts.makeAgent(credentials, configuration);
    desk.use(agent);
    desk.tell({ kind: "came-here" });
    agent.start();
  }

  #refuse(error: unknown): void {
    const { desk, now } = this.#parts;
    const status = error instanceof ApiError ? error.status : 0;
    // The session is over, as after a restart of the server. A call that runs keeps the page as it is.
    if (status === 401 && desk.phone.lines.length === 0 && now() - this.#openedAt >= TRY_AGAIN_MS) {
      void this.open(null);
      return;
    }
    if (status === 503 && desk.agent === null) desk.tell({ kind: "phone-unavailable" });
    this.#plan(TRY_AGAIN_MS);
  }

  #plan(afterMs: number): void {
    this.#cancel?.();
    const wait = Math.min(Math.max(afterMs, 0), LONGEST_TIMER_MS);
    this.#cancel = this.#parts.later(() => void this.startPhone(), wait);
  }
}

function afterRefusal(error: unknown, hadToken: boolean): SiteState {
  const status = error instanceof ApiError ? error.status : 0;
  if (status === 401 || status === 403) return { kind: "sign-in", problem: hadToken ? "wrong" : "none" };
  return status === 429 ? { kind: "sign-in", problem: "too-often" } : { kind: "unreachable" };
}
