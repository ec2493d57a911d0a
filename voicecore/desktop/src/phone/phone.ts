// What the phone is: its lines, its connection, its troubles. Facts only; apply.ts changes them.

import type { MicrophoneTrouble } from "../audio/microphone";
import type { LineState } from "./line";

export type LineId = string & { readonly brand: "LineId" };
export type Direction = "incoming" | "outgoing";

/** Names one SIP dialog (RFC 3261, 12). It is all that is kept to find a call again after a reload. */
export interface DialogId {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
}

export interface Line {
  readonly id: LineId;
  readonly direction: Direction;
  /** The number, or the address, of the other side. */
  readonly party: string;
  readonly state: LineState;
  /** Milliseconds since the epoch at which the two sides first spoke; null before. */
  readonly since: number | null;
  readonly dialog: DialogId | null;
  /** Keys sent in this call, the latest last. */
  readonly keys: string;
  readonly transfer: "none" | "asked";
  /** It was on hold when the page was reloaded, and has to be put on hold again. */
  readonly holdOnceBack: boolean;
}

export type Connection = "connecting" | "registered" | "lost" | "refused" | "unavailable" | "elsewhere";

export type Trouble =
  | "microphone-blocked"
  | "microphone-lost"
  | "microphone-missing"
  | "microphone-insecure"
  | "sound-blocked"
  | "slept"
  | "audio-lost"
  | "transfer-failed"
  | "change-failed"
  | "call-not-kept";

export type EndCause =
  | "ended"
  | "busy"
  | "declined"
  | "not-found"
  | "no-answer"
  | "cancelled"
  | "unavailable"
  | "failed";

export interface EndedCall {
  readonly party: string;
  readonly cause: EndCause;
}

export interface Phone {
  readonly connection: Connection;
  /** Oldest first, never more than LINES. */
  readonly lines: readonly Line[];
  /** The line that the buttons act on. */
  readonly active: LineId | null;
  readonly muted: boolean;
  readonly troubles: readonly Trouble[];
  readonly lastEnd: EndedCall | null;
}

export const LINES = 2;
export const KEYS_KEPT = 32;
export const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"] as const;
export type Key = (typeof KEYS)[number];

export const NEW_PHONE: Phone = {
  connection: "connecting",
  lines: [],
  active: null,
  muted: false,
  troubles: [],
  lastEnd: null,
};

/** What has to be kept to find a call again. */
export interface KeptCall {
  readonly party: string;
  readonly direction: Direction;
  readonly dialog: DialogId;
  readonly onHold: boolean;
  readonly since: number;
}

export type Input =
  | { readonly kind: "dial"; readonly line: LineId; readonly target: string }
  | { readonly kind: "answer"; readonly line: LineId }
  | { readonly kind: "hang-up"; readonly line: LineId }
  | { readonly kind: "toggle-hold" }
  | { readonly kind: "toggle-mute" }
  | { readonly kind: "swap" }
  | { readonly kind: "key"; readonly key: Key }
  | { readonly kind: "transfer"; readonly target: string }
  | { readonly kind: "join" }
  | { readonly kind: "dismiss"; readonly trouble: Trouble }
  | { readonly kind: "restored"; readonly line: LineId; readonly call: KeptCall }
  | AgentInput
  | WorldInput;

/** What the SIP user agent tells. */
export type AgentInput =
  | { readonly kind: "registered" }
  | { readonly kind: "connection-lost" }
  | { readonly kind: "registration-refused" }
  | { readonly kind: "incoming"; readonly line: LineId; readonly party: string }
  | { readonly kind: "accepted"; readonly line: LineId; readonly dialog: DialogId }
  | { readonly kind: "changed"; readonly line: LineId }
  | { readonly kind: "change-refused"; readonly line: LineId }
  | { readonly kind: "ended"; readonly line: LineId; readonly cause: EndCause }
  | { readonly kind: "transferred"; readonly line: LineId }
  | { readonly kind: "transfer-refused"; readonly line: LineId }
  | { readonly kind: "audio-lost"; readonly line: LineId }
  | { readonly kind: "audio-back"; readonly line: LineId };

/** What happens around the page. */
export type WorldInput =
  | { readonly kind: "network-changed" }
  | { readonly kind: "woke" }
  | { readonly kind: "microphone-failed"; readonly why: MicrophoneTrouble }
  | { readonly kind: "microphone-works" }
  | { readonly kind: "sound-blocked" }
  | { readonly kind: "sound-works" }
  | { readonly kind: "opened-elsewhere" }
  | { readonly kind: "came-here" }
  | { readonly kind: "phone-unavailable" };

/** What the runner has to do, in this order. */
export type Effect =
  | { readonly kind: "call"; readonly line: LineId; readonly target: string }
  | { readonly kind: "reattach"; readonly line: LineId; readonly target: string; readonly dialog: DialogId }
  | { readonly kind: "answer"; readonly line: LineId }
  | { readonly kind: "hang-up"; readonly line: LineId }
  | { readonly kind: "refuse-busy"; readonly line: LineId }
  | { readonly kind: "hold"; readonly line: LineId }
  | { readonly kind: "resume"; readonly line: LineId }
  | { readonly kind: "set-muted"; readonly muted: boolean }
  | { readonly kind: "send-key"; readonly line: LineId; readonly key: Key }
  | { readonly kind: "refer"; readonly line: LineId; readonly target: string }
  | { readonly kind: "refer-to"; readonly line: LineId; readonly other: LineId }
  | { readonly kind: "restart-ice"; readonly line: LineId }
  | { readonly kind: "reconnect" }
  | { readonly kind: "reopen-microphone" };

export interface Step {
  readonly phone: Phone;
  readonly effects: readonly Effect[];
}
