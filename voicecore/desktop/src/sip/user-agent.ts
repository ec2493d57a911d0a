// The seam to the SIP library: what the phone asks of it. What it tells are the AgentInput values of phone.ts.

import type { AgentInput, DialogId, Key, LineId, WorldInput } from "../phone/phone";

/** How we prove who we are, and where. The password is never stored. */
export interface PhoneCredentials {
  readonly account: string;
  readonly uri: string;
  readonly password: string;
  readonly displayName: string;
  readonly websocket: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface IceServer {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

/** Totals since the call began, as the browser counts them (W3C webrtc-stats). */
export interface MediaCounts {
  readonly received: number;
  readonly lost: number;
  readonly jitterMs: number;
  /** Share of our packets that the other side missed, 0 to 1; null before its first report. */
  readonly lostThere: number | null;
  readonly roundTripMs: number | null;
  readonly codec: string;
}

export type Report = (input: AgentInput | WorldInput) => void;

export interface UserAgent {
  start(): void;
  /** Ends every call, signs off, and says no more. */
  stop(): void;
  /** New proof for the same account; calls go on. */
  renew(credentials: PhoneCredentials): void;
  reconnect(): void;
  call(line: LineId, target: string): void;
  reattach(line: LineId, target: string, dialog: DialogId): void;
  answer(line: LineId): void;
  hangUp(line: LineId): void;
  refuseBusy(line: LineId): void;
  hold(line: LineId): void;
  resume(line: LineId): void;
  setMuted(muted: boolean): void;
  sendKey(line: LineId, key: Key): void;
  refer(line: LineId, target: string): void;
  referTo(line: LineId, other: LineId): void;
  restartIce(line: LineId): void;
  reopenMicrophone(): void;
  counts(line: LineId): Promise<MediaCounts | null>;
}
