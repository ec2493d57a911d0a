// What a phone's state means to those who look at it: its status, its lines by role, which buttons do something.

import { isEstablished } from "./line";
import type { KeptCall, Line, Phone } from "./phone";
import { LINES } from "./phone";

export type Status =
  | "Ready"
  | "Calling"
  | "Ringing"
  | "In call"
  | "On hold"
  | "Connecting"
  | "Reconnecting"
  | "Ending"
  | "Not connected"
  | "Open elsewhere";

export function activeLine(phone: Phone): Line | null {
  return phone.lines.find((line) => line.id === phone.active) ?? null;
}

export function otherLine(phone: Phone): Line | null {
  return phone.lines.find((line) => line.id !== phone.active) ?? null;
}

export function ringingLine(phone: Phone): Line | null {
  return phone.lines.find((line) => line.state === "ringing") ?? null;
}

export function lineStatus(line: Line): Status {
  switch (line.state) {
    case "calling":
      return "Calling";
    case "ringing":
    case "answering":
      return "Ringing";
    case "in-call":
    case "holding":
      return "In call";
    case "on-hold":
    case "resuming":
      return "On hold";
    case "reattaching":
      return "Reconnecting";
    case "ending":
    case "ended":
      return "Ending";
    default:
      return line.state satisfies never;
  }
}

/** One word for the whole phone: what the active call does, or else how the connection is. */
export function status(phone: Phone): Status {
  const line = activeLine(phone) ?? ringingLine(phone);
  if (line !== null) return lineStatus(line);
  switch (phone.connection) {
    case "registered":
      return "Ready";
    case "connecting":
      return "Connecting";
    case "lost":
    case "refused":
    case "unavailable":
      return "Not connected";
    case "elsewhere":
      return "Open elsewhere";
    default:
      return phone.connection satisfies never;
  }
}

export function canDial(phone: Phone): boolean {
  const active = activeLine(phone);
  return (
    phone.connection === "registered" &&
    phone.lines.length < LINES &&
    ringingLine(phone) === null &&
    (active === null || active.state === "in-call" || active.state === "on-hold")
  );
}

export function canHold(phone: Phone): boolean {
  const state = activeLine(phone)?.state;
  return state === "in-call" || state === "on-hold";
}

export function canSendKeys(phone: Phone): boolean {
  return activeLine(phone)?.state === "in-call";
}

export function canTransfer(phone: Phone): boolean {
  const active = activeLine(phone);
  return active !== null && isEstablished(active.state) && active.transfer === "none";
}

/** Both of two calls are established: they can be swapped, and joined to each other. */
export function canJoin(phone: Phone): boolean {
  return (
    phone.lines.length === LINES &&
    phone.lines.every((line) => isEstablished(line.state)) &&
    canTransfer(phone)
  );
}

/** The line that `Hang up` ends: the active one, or else the one that rings. */
export function lineToEnd(phone: Phone): Line | null {
  return activeLine(phone) ?? ringingLine(phone);
}

export function keptCalls(phone: Phone): readonly KeptCall[] {
  return phone.lines.flatMap((line) =>
    line.dialog === null || line.since === null || line.state === "ending"
      ? []
      : [
          {
            party: line.party,
            direction: line.direction,
            dialog: line.dialog,
            onHold: line.state === "on-hold" || line.state === "holding" || line.holdOnceBack,
            since: line.since,
          },
        ],
  );
}
