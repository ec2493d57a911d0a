// Why a call ended, of what JsSIP calls the cause.

import type { EndCause } from "../phone/phone";

const CAUSES: Readonly<Record<string, EndCause>> = {
  Terminated: "ended",
  Canceled: "cancelled",
  Busy: "busy",
  Rejected: "declined",
  Redirected: "failed",
  "Not Found": "not-found",
  "Address Incomplete": "not-found",
  Unavailable: "unavailable",
  "No Answer": "no-answer",
  Expires: "no-answer",
  "Request Timeout": "unavailable",
  "Connection Error": "unavailable",
};

export function endCause(cause: string): EndCause {
  return CAUSES[cause] ?? "failed";
}
