// One call as the phone sees it: its states and what may lead from one to the next. No browser, no SIP.

export type LineState =
  | "calling"
  | "ringing"
  | "answering"
  | "in-call"
  | "holding"
  | "on-hold"
  | "resuming"
  | "reattaching"
  | "ending"
  | "ended";

export type LineInput =
  | "answer"
  | "accepted"
  | "hold"
  | "resume"
  | "changed"
  | "refused"
  | "hang-up"
  | "ended";

type Row = Readonly<Partial<Record<LineInput, LineState>>>;

export const TRANSITIONS: Readonly<Record<LineState, Row>> = {
  calling: { accepted: "in-call", "hang-up": "ending", ended: "ended" },
  ringing: { answer: "answering", "hang-up": "ending", ended: "ended" },
  answering: { accepted: "in-call", "hang-up": "ending", ended: "ended" },
  "in-call": { hold: "holding", "hang-up": "ending", ended: "ended" },
  holding: { changed: "on-hold", refused: "in-call", "hang-up": "ending", ended: "ended" },
  "on-hold": { resume: "resuming", "hang-up": "ending", ended: "ended" },
  resuming: { changed: "in-call", refused: "on-hold", "hang-up": "ending", ended: "ended" },
  reattaching: { accepted: "in-call", "hang-up": "ending", ended: "ended" },
  ending: { ended: "ended" },
  ended: {},
};

/** The state after `input`, or null where the table has no such step: the input is then ignored. */
export function next(state: LineState, input: LineInput): LineState | null {
  return TRANSITIONS[state][input] ?? null;
}

/** Both sides have agreed on a call: it can be held, transferred and found again after a reload. */
export function isEstablished(state: LineState): boolean {
  switch (state) {
    case "in-call":
    case "holding":
    case "on-hold":
    case "resuming":
      return true;
    case "calling":
    case "ringing":
    case "answering":
    case "reattaching":
    case "ending":
    case "ended":
      return false;
    default:
      return state satisfies never;
  }
}
