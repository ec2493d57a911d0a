// The API over fetch: one method a call, every answer read and checked at this edge.

import type { PhoneCredentials } from "../sip/user-agent";
import {
  type CallDetail,
  type CallPage,
  callDetail,
  callPage,
  type Ladder,
  ladder,
  type Peaks,
  peaks,
} from "../wire/call";
import { type Configuration, configuration, phoneCredentials, type Session, session } from "../wire/site";

const BASE = "/api/v1";
export type Fetch = (path: string, options: RequestInit) => Promise<Response>;

/** The server answered with a problem (RFC 9457); status 0: it did not answer at all. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

export class ApiClient {
  #csrf = "";
  readonly #fetch: Fetch;

  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  /** The session that the browser's cookie still names. ApiError with status 401: there is none. */
  async resume(): Promise<Session> {
    return this.#joined(await this.#ask("GET", "/session"));
  }

  /** Without a token it succeeds where the site lets this machine in. ApiError with status 401: it does not. */
  async signIn(token: string | null): Promise<Session> {
    return this.#joined(await this.#ask("POST", "/session", token === null ? {} : { token }));
  }

  async configuration(): Promise<Configuration> {
    return configuration(await this.#ask("GET", "/configuration"));
  }

  /** For this account again, if the server still knows it; else for a new one. */
  async phoneCredentials(account: string | null): Promise<PhoneCredentials> {
    const wish = account === null ? {} : { account };
    return phoneCredentials(await this.#ask("POST", "/phone-credentials", wish));
  }

  async calls(limit: number, before: string | null): Promise<CallPage> {
    const query = new URLSearchParams({ limit: String(limit), ...(before === null ? {} : { before }) });
    return callPage(await this.#ask("GET", `/calls?${query}`));
  }

  async call(id: string): Promise<CallDetail> {
    return callDetail(await this.#ask("GET", `/calls/${encodeURIComponent(id)}`));
  }

  async ladder(id: string): Promise<Ladder> {
    return ladder(await this.#ask("GET", `/calls/${encodeURIComponent(id)}/ladder`));
  }

  async peaks(id: string, recording: string, points: number): Promise<Peaks> {
    return peaks(await this.#ask("GET", `${recordingPath(id, recording)}/peaks?points=${points}`));
  }

  recordingUrl(id: string, recording: string): string {
    return `${BASE}${recordingPath(id, recording)}`;
  }

  #joined(told: unknown): Session {
    const joined = session(told);
    this.#csrf = joined.csrf;
    return joined;
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (body !== undefined && this.#csrf !== "") headers["X-CSRF-Token"] = this.#csrf;
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await this.#fetch(`${BASE}${path}`, {
      method,
      headers,
      credentials: "same-origin",
      ...sent,
    }).catch(() => null);
    if (answer === null) throw new ApiError(0, "");
    if (!answer.ok) throw new ApiError(answer.status, await detail(answer));
    return answer.json();
  }
}

function recordingPath(call: string, recording: string): string {
  return `/calls/${encodeURIComponent(call)}/recordings/${encodeURIComponent(recording)}`;
}

async function detail(answer: Response): Promise<string> {
  try {
    const problem: unknown = await answer.json();
    const told =
      typeof problem === "object" && problem !== null ? (problem as { detail?: unknown }).detail : "";
    return typeof told === "string" ? told : "";
  } catch {
    return "";
  }
}
