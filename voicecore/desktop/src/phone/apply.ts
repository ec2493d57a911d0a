// The whole phone as one pure function: a phone and what happened give a phone and what to do.

import { isEstablished, type LineInput, next } from "./line";
import {
  type Effect,
  type Input,
  KEYS_KEPT,
  type KeptCall,
  LINES,
  type Line,
  type LineId,
  type Phone,
  type Step,
  type Trouble,
} from "./phone";
import { activeLine, canDial, canJoin, canSendKeys, canTransfer, otherLine } from "./views";

type Handlers = {
  readonly [K in Input["kind"]]: (phone: Phone, input: Extract<Input, { kind: K }>, now: number) => Step;
};

const HANDLERS: Handlers = {
  dial: (phone, { line, target }) => {
    if (!canDial(phone) || target === "") return ignored(phone);
    const held = holdActive(phone);
    const added = { ...held.phone, lines: [...held.phone.lines, newLine(line, "outgoing", target)] };
    return does({ ...added, active: line, lastEnd: null }, ...held.effects, { kind: "call", line, target });
  },
  answer: (phone, { line }) => {
    const answered = step(phone, line, "answer");
    const busy = activeLine(phone);
    if (answered === null || (busy !== null && !isEstablished(busy.state))) return ignored(phone);
    const held = holdActive(answered);
    return does({ ...held.phone, active: line, lastEnd: null }, ...held.effects, { kind: "answer", line });
  },
  "hang-up": (phone, { line }) => {
    const ending = step(phone, line, "hang-up");
    return ending === null ? ignored(phone) : does(ending, { kind: "hang-up", line });
  },
  "toggle-hold": (phone) => {
    const active = activeLine(phone);
    if (active?.state === "in-call") return holdActive(phone);
    return active?.state === "on-hold" ? resume(phone, active.id) : ignored(phone);
  },
  "toggle-mute": (phone) =>
    phone.lines.length === 0
      ? ignored(phone)
      : does({ ...phone, muted: !phone.muted }, { kind: "set-muted", muted: !phone.muted }),
  swap: (phone) => {
    const other = otherLine(phone);
    if (other?.state !== "on-hold") return ignored(phone);
    const held = holdActive(phone);
    const resumed = resume({ ...held.phone, active: other.id }, other.id);
    return does(resumed.phone, ...held.effects, ...resumed.effects);
  },
  key: (phone, { key }) => {
    const active = activeLine(phone);
    if (active === null || !canSendKeys(phone)) return ignored(phone);
    const keys = `${active.keys}${key}`.slice(-KEYS_KEPT);
    return does(change(phone, active.id, { keys }), { kind: "send-key", line: active.id, key });
  },
  transfer: (phone, { target }) => {
    const active = activeLine(phone);
    if (active === null || !canTransfer(phone) || target === "") return ignored(phone);
    return does(asked(phone, active.id), { kind: "refer", line: active.id, target });
  },
  join: (phone) => {
    const [first, second] = phone.lines;
    if (!canJoin(phone) || first === undefined || second === undefined) return ignored(phone);
    return does(asked(phone, first.id), { kind: "refer-to", line: first.id, other: second.id });
  },
  dismiss: (phone, { trouble }) => does(without(phone, trouble)),
  restored: (phone, { line, call }) => {
    if (phone.lines.length >= LINES) return ignored(phone);
    const lines = [...phone.lines, keptLine(line, call)];
    const restored = { ...phone, lines, active: phone.active === null || !call.onHold ? line : phone.active };
    const { party: target, dialog } = call;
    return phone.connection === "registered"
      ? does(restored, { kind: "reattach", line, target, dialog })
      : does(restored);
  },

  registered: (phone) => {
    const effects = phone.lines.flatMap((line): Effect[] => {
      if (line.state === "reattaching" && line.dialog !== null && phone.connection === "connecting")
        return [{ kind: "reattach", line: line.id, target: line.party, dialog: line.dialog }];
      // A new connection is a new way to us: the re-INVITE tells it to the server, and finds a way for the audio.
      return phone.connection === "lost" && isEstablished(line.state)
        ? [{ kind: "restart-ice", line: line.id }]
        : [];
    });
    return does({ ...phone, connection: "registered" }, ...effects);
  },
  "connection-lost": (phone) =>
    does(phone.connection === "registered" ? { ...phone, connection: "lost" } : phone),
  "registration-refused": (phone) => does({ ...phone, connection: "refused" }),
  incoming: (phone, { line, party }) => {
    if (phone.lines.length >= LINES || phone.lines.some((one) => one.state === "ringing"))
      return does(phone, { kind: "refuse-busy", line });
    return does({ ...phone, lines: [...phone.lines, newLine(line, "incoming", party)], lastEnd: null });
  },
  accepted: (phone, { line, dialog }, now) => {
    const accepted = step(phone, line, "accepted");
    if (accepted === null) return ignored(phone);
    const before = find(phone, line);
    const known = change(accepted, line, { dialog, since: before?.since ?? now, holdOnceBack: false });
    const muting: Effect[] = phone.muted ? [{ kind: "set-muted", muted: true }] : [];
    const held = before?.holdOnceBack ? step(known, line, "hold") : null;
    return held === null ? does(known, ...muting) : does(held, ...muting, { kind: "hold", line });
  },
  changed: (phone, { line }) => does(step(phone, line, "changed") ?? phone),
  "change-refused": (phone, { line }) => {
    const refused = step(phone, line, "refused");
    return refused === null ? ignored(phone) : does(withTrouble(refused, "change-failed"));
  },
  ended: (phone, { line, cause }) => {
    const gone = find(phone, line);
    if (gone === null) return ignored(phone);
    const lines = phone.lines.filter((one) => one.id !== line);
    const rest = lines.find((one) => one.state !== "ringing")?.id ?? null;
    const active = phone.active === line ? rest : phone.active;
    const ended: Phone = {
      ...phone,
      lines,
      active,
      muted: phone.muted && lines.length > 0,
      lastEnd: { party: gone.party, cause },
    };
    const audible = lines.length > 0 ? ended : without(ended, "audio-lost");
    return does(gone.state === "reattaching" ? withTrouble(audible, "call-not-kept") : audible);
  },
  transferred: (phone, { line }) => {
    const ending = step(phone, line, "hang-up");
    return ending === null ? ignored(phone) : does(ending, { kind: "hang-up", line });
  },
  "transfer-refused": (phone, { line }) =>
    find(phone, line)?.transfer === "asked"
      ? does(withTrouble(change(phone, line, { transfer: "none" }), "transfer-failed"))
      : ignored(phone),
  "audio-lost": (phone, { line }) => {
    if (!isEstablished(find(phone, line)?.state ?? "ended")) return ignored(phone);
    const troubled = withTrouble(phone, "audio-lost");
    return phone.connection === "registered" ? does(troubled, { kind: "restart-ice", line }) : does(troubled);
  },
  "audio-back": (phone) => does(without(phone, "audio-lost")),

  "network-changed": (phone) => (reaches(phone) ? does(phone, { kind: "reconnect" }) : ignored(phone)),
  woke: (phone) =>
    reaches(phone) ? does(withTrouble(phone, "slept"), { kind: "reconnect" }) : ignored(phone),
  "microphone-failed": (phone, { why }) => {
    const failed = withTrouble(withoutMicrophoneTrouble(phone), `microphone-${why}`);
    return why === "lost" ? does(failed, { kind: "reopen-microphone" }) : does(failed);
  },
  "microphone-works": (phone) => does(withoutMicrophoneTrouble(phone)),
  "sound-blocked": (phone) => does(withTrouble(phone, "sound-blocked")),
  "sound-works": (phone) => does(without(phone, "sound-blocked")),
  "opened-elsewhere": (phone) =>
    does({ ...phone, connection: "elsewhere", lines: [], active: null, muted: false }),
  "phone-unavailable": (phone) => does({ ...phone, connection: "unavailable" }),
  "came-here": (phone) => does({ ...phone, connection: "connecting" }),
};

/** One step. `now` is in milliseconds since the epoch. An input that fits no state changes nothing. */
export function apply(phone: Phone, input: Input, now: number): Step {
  const handle = HANDLERS[input.kind] as (phone: Phone, input: Input, now: number) => Step;
  return handle(phone, input, now);
}

function does(phone: Phone, ...effects: Effect[]): Step {
  return { phone, effects };
}

function ignored(phone: Phone): Step {
  return { phone, effects: [] };
}

function find(phone: Phone, id: LineId): Line | null {
  return phone.lines.find((line) => line.id === id) ?? null;
}

function change(phone: Phone, id: LineId, facts: Partial<Line>): Phone {
  return { ...phone, lines: phone.lines.map((line) => (line.id === id ? { ...line, ...facts } : line)) };
}

function step(phone: Phone, id: LineId, input: LineInput): Phone | null {
  const line = find(phone, id);
  const state = line === null ? null : next(line.state, input);
  return state === null ? null : change(phone, id, { state });
}

function holdActive(phone: Phone): Step {
  const active = activeLine(phone);
  const held = active === null ? null : step(phone, active.id, "hold");
  return active === null || held === null ? ignored(phone) : does(held, { kind: "hold", line: active.id });
}

function resume(phone: Phone, line: LineId): Step {
  const resumed = step(phone, line, "resume");
  return resumed === null ? ignored(phone) : does(resumed, { kind: "resume", line });
}

function asked(phone: Phone, line: LineId): Phone {
  return change(without(phone, "transfer-failed"), line, { transfer: "asked" });
}

function reaches(phone: Phone): boolean {
  return phone.connection === "registered" || phone.connection === "lost";
}

function withTrouble(phone: Phone, trouble: Trouble): Phone {
  return phone.troubles.includes(trouble) ? phone : { ...phone, troubles: [...phone.troubles, trouble] };
}

function without(phone: Phone, ...troubles: Trouble[]): Phone {
  return { ...phone, troubles: phone.troubles.filter((one) => !troubles.includes(one)) };
}

function withoutMicrophoneTrouble(phone: Phone): Phone {
  return without(phone, "microphone-blocked", "microphone-lost", "microphone-missing", "microphone-insecure");
}

function newLine(id: LineId, direction: Line["direction"], party: string): Line {
  return {
    id,
    direction,
    party,
    state: direction === "incoming" ? "ringing" : "calling",
    since: null,
    dialog: null,
    keys: "",
    transfer: "none",
    holdOnceBack: false,
  };
}

function keptLine(id: LineId, call: KeptCall): Line {
  const { party, direction, dialog, since } = call;
  return { ...newLine(id, direction, party), state: "reattaching", dialog, since, holdOnceBack: call.onHold };
}
