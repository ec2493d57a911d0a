import { describe, expect, test } from "vitest";
import { apply } from "../src/phone/apply";
import { type Input, KEYS_KEPT, type KeptCall, NEW_PHONE } from "../src/phone/phone";
import { activeLine, canDial, keptCalls, status } from "../src/phone/views";
import { A, B, C, dialog, IN_CALL, NOW, ON_HOLD, READY, run, TWO } from "./phones";

const KEPT: KeptCall = {
  party: "1000",
  direction: "outgoing",
  dialog: dialog("old"),
  onHold: false,
  since: 5,
};

describe("one call", () => {
  test("a registered phone dials and speaks", () => {
    const dialled = run(READY, { kind: "dial", line: A, target: "1000" });
    expect(dialled.effects).toEqual([{ kind: "call", line: A, target: "1000" }]);
    expect(status(dialled.phone)).toBe("Calling");
    expect(status(IN_CALL)).toBe("In call");
    expect(activeLine(IN_CALL)?.since).toBe(NOW);
  });

  test("without a registration nothing is dialled", () => {
    const dialled = run(NEW_PHONE, { kind: "dial", line: A, target: "1000" });
    expect(dialled).toEqual({ phone: NEW_PHONE, effects: [] });
  });

  test("an empty number is not dialled", () => {
    expect(run(READY, { kind: "dial", line: A, target: "" }).effects).toEqual([]);
  });

  test("a call comes in, rings, is answered", () => {
    const rings = run(READY, { kind: "incoming", line: A, party: "2001" }).phone;
    expect(status(rings)).toBe("Ringing");
    const answered = run(rings, { kind: "answer", line: A });
    expect(answered.effects).toEqual([{ kind: "answer", line: A }]);
    expect(status(run(answered.phone, { kind: "accepted", line: A, dialog: dialog("a") }).phone)).toBe(
      "In call",
    );
  });

  test("a call that ends says why, and the phone is ready again", () => {
    const over = run(IN_CALL, { kind: "ended", line: A, cause: "busy" }).phone;
    expect(status(over)).toBe("Ready");
    expect(over.lastEnd).toEqual({ party: "1000", cause: "busy" });
  });

  test("hanging up waits for the other side's word", () => {
    const ending = run(IN_CALL, { kind: "hang-up", line: A });
    expect(ending.effects).toEqual([{ kind: "hang-up", line: A }]);
    expect(run(ending.phone, { kind: "hang-up", line: A }).effects).toEqual([]);
    expect(keptCalls(ending.phone)).toEqual([]);
  });

  test("keys are sent in a call, and the last of them shown", () => {
    const pressed = run(IN_CALL, { kind: "key", key: "#" });
    expect(pressed.effects).toEqual([{ kind: "send-key", line: A, key: "#" }]);
    const many = Array.from({ length: KEYS_KEPT + 5 }, (): Input => ({ kind: "key", key: "1" }));
    expect(activeLine(run(pressed.phone, ...many).phone)?.keys).toBe("1".repeat(KEYS_KEPT));
    expect(run(ON_HOLD, { kind: "key", key: "1" }).effects).toEqual([]);
  });

  test("mute belongs to the phone and ends with the last call", () => {
    const muted = run(IN_CALL, { kind: "toggle-mute" });
    expect(muted.effects).toEqual([{ kind: "set-muted", muted: true }]);
    expect(run(muted.phone, { kind: "ended", line: A, cause: "ended" }).phone.muted).toBe(false);
    expect(run(READY, { kind: "toggle-mute" }).phone.muted).toBe(false);
  });

  test("hold and resume take two words each: the wish and the agreement", () => {
    const holding = run(IN_CALL, { kind: "toggle-hold" });
    expect(holding.effects).toEqual([{ kind: "hold", line: A }]);
    expect(status(holding.phone)).toBe("In call");
    expect(status(ON_HOLD)).toBe("On hold");
    const back = run(ON_HOLD, { kind: "toggle-hold" }, { kind: "changed", line: A }).phone;
    expect(status(back)).toBe("In call");
  });

  test("a refused hold is said and changes nothing", () => {
    const refused = run(IN_CALL, { kind: "toggle-hold" }, { kind: "change-refused", line: A }).phone;
    expect(status(refused)).toBe("In call");
    expect(refused.troubles).toEqual(["change-failed"]);
    expect(run(refused, { kind: "dismiss", trouble: "change-failed" }).phone.troubles).toEqual([]);
  });
});

describe("two calls", () => {
  test("dialling a second one holds the first", () => {
    const second = run(IN_CALL, { kind: "dial", line: B, target: "2000" });
    expect(second.effects).toEqual([
      { kind: "hold", line: A },
      { kind: "call", line: B, target: "2000" },
    ]);
    expect(TWO.lines.map((line) => line.state)).toEqual(["on-hold", "in-call"]);
  });

  test("answering a second one holds the first", () => {
    const answered = run(IN_CALL, { kind: "incoming", line: B, party: "2" }, { kind: "answer", line: B });
    expect(answered.effects).toEqual([
      { kind: "hold", line: A },
      { kind: "answer", line: B },
    ]);
    expect(answered.phone.active).toBe(B);
  });

  test("a second call is not answered over one that is still being dialled", () => {
    const dialling = run(
      READY,
      { kind: "dial", line: A, target: "1" },
      { kind: "incoming", line: B, party: "2" },
    );
    expect(run(dialling.phone, { kind: "answer", line: B }).effects).toEqual([]);
  });

  test("a third one is told that we are busy, and not dialled", () => {
    expect(run(TWO, { kind: "incoming", line: C, party: "3" }).effects).toEqual([
      { kind: "refuse-busy", line: C },
    ]);
    expect(canDial(TWO)).toBe(false);
    expect(run(TWO, { kind: "dial", line: C, target: "3" }).phone).toBe(TWO);
  });

  test("swapping holds the one and resumes the other", () => {
    const swapped = run(TWO, { kind: "swap" });
    expect(swapped.effects).toEqual([
      { kind: "hold", line: B },
      { kind: "resume", line: A },
    ]);
    expect(swapped.phone.active).toBe(A);
  });

  test("when one ends the other stays on hold until it is wanted", () => {
    const one = run(TWO, { kind: "ended", line: B, cause: "ended" }).phone;
    expect(status(one)).toBe("On hold");
    expect(run(one, { kind: "toggle-hold" }).effects).toEqual([{ kind: "resume", line: A }]);
  });
});

describe("transfer", () => {
  test("blind: the other side is referred, and we leave when it has arrived", () => {
    const asked = run(IN_CALL, { kind: "transfer", target: "3000" });
    expect(asked.effects).toEqual([{ kind: "refer", line: A, target: "3000" }]);
    expect(run(asked.phone, { kind: "transfer", target: "4000" }).effects).toEqual([]);
    const done = run(asked.phone, { kind: "transferred", line: A });
    expect(done.effects).toEqual([{ kind: "hang-up", line: A }]);
  });

  test("one that fails leaves the call as it was, and can be tried again", () => {
    const failed = run(
      IN_CALL,
      { kind: "transfer", target: "3000" },
      { kind: "transfer-refused", line: A },
    ).phone;
    expect(failed.troubles).toEqual(["transfer-failed"]);
    expect(status(failed)).toBe("In call");
    const again = run(failed, { kind: "transfer", target: "3001" });
    expect(again.effects).toEqual([{ kind: "refer", line: A, target: "3001" }]);
    expect(again.phone.troubles).toEqual([]);
  });

  test("attended: the first caller is referred to the second", () => {
    expect(run(TWO, { kind: "join" }).effects).toEqual([{ kind: "refer-to", line: A, other: B }]);
    expect(run(IN_CALL, { kind: "join" }).effects).toEqual([]);
  });
});

describe("not losing calls", () => {
  test("a call survives the loss of the connection, and looks for a way when it is back", () => {
    const lost = run(IN_CALL, { kind: "connection-lost" }).phone;
    expect(status(lost)).toBe("In call");
    expect(lost.connection).toBe("lost");
    expect(run(lost, { kind: "registered" }).effects).toEqual([{ kind: "restart-ice", line: A }]);
  });

  test("registering again for the time's sake disturbs no call", () => {
    expect(run(IN_CALL, { kind: "registered" }).effects).toEqual([]);
  });

  test("a change of network and a sleep open a new connection", () => {
    expect(run(IN_CALL, { kind: "network-changed" }).effects).toEqual([{ kind: "reconnect" }]);
    const woken = run(IN_CALL, { kind: "woke" });
    expect(woken.effects).toEqual([{ kind: "reconnect" }]);
    expect(woken.phone.troubles).toEqual(["slept"]);
    expect(run(NEW_PHONE, { kind: "woke" }).effects).toEqual([]);
  });

  test("interrupted sound is said, and a new way looked for", () => {
    const lost = run(IN_CALL, { kind: "audio-lost", line: A });
    expect(lost.effects).toEqual([{ kind: "restart-ice", line: A }]);
    expect(lost.phone.troubles).toEqual(["audio-lost"]);
    expect(run(lost.phone, { kind: "audio-back", line: A }).phone.troubles).toEqual([]);
    expect(run(lost.phone, { kind: "ended", line: A, cause: "ended" }).phone.troubles).toEqual([]);
  });

  test("without a connection the new way waits for it", () => {
    const lost = run(IN_CALL, { kind: "connection-lost" }, { kind: "audio-lost", line: A });
    expect(lost.effects).toEqual([]);
  });

  test("a call kept over a reload is taken up as soon as the phone is registered", () => {
    const restored = run(NEW_PHONE, { kind: "restored", line: B, call: KEPT });
    expect(restored.effects).toEqual([]);
    expect(status(restored.phone)).toBe("Reconnecting");
    const back = run(restored.phone, { kind: "registered" });
    expect(back.effects).toEqual([{ kind: "reattach", line: B, target: "1000", dialog: dialog("old") }]);
    const up = run(back.phone, { kind: "accepted", line: B, dialog: dialog("new") }).phone;
    expect(status(up)).toBe("In call");
    expect(activeLine(up)?.since).toBe(KEPT.since);
    expect(keptCalls(up)).toEqual([{ ...KEPT, dialog: dialog("new") }]);
  });

  test("one that was on hold is put on hold again", () => {
    const call = { ...KEPT, onHold: true };
    const back = run(NEW_PHONE, { kind: "restored", line: B, call }, { kind: "registered" });
    const up = run(back.phone, { kind: "accepted", line: B, dialog: dialog("new") });
    expect(up.effects).toEqual([{ kind: "hold", line: B }]);
    expect(keptCalls(up.phone)[0]?.onHold).toBe(true);
  });

  test("of two the one that was spoken on is active, in whichever order they come", () => {
    const held: Input = { kind: "restored", line: A, call: { ...KEPT, onHold: true } };
    const spoken: Input = { kind: "restored", line: B, call: KEPT };
    expect(run(NEW_PHONE, held, spoken).phone.active).toBe(B);
    expect(run(NEW_PHONE, spoken, held).phone.active).toBe(B);
  });

  test("one that is gone is said to be gone", () => {
    const gone = run(
      NEW_PHONE,
      { kind: "restored", line: B, call: KEPT },
      { kind: "registered" },
      { kind: "ended", line: B, cause: "failed" },
    ).phone;
    expect(gone.troubles).toEqual(["call-not-kept"]);
    expect(status(gone)).toBe("Ready");
  });

  test("another tab takes the phone: this one shows it and keeps nothing", () => {
    const elsewhere = run(IN_CALL, { kind: "opened-elsewhere" }).phone;
    expect(status(elsewhere)).toBe("Open elsewhere");
    expect(keptCalls(elsewhere)).toEqual([]);
  });
});

describe("microphone and loudspeaker", () => {
  test("a lost microphone is said and looked for; a blocked one is said", () => {
    const lost = run(IN_CALL, { kind: "microphone-failed", why: "lost" });
    expect(lost.effects).toEqual([{ kind: "reopen-microphone" }]);
    expect(lost.phone.troubles).toEqual(["microphone-lost"]);
    const blocked = run(lost.phone, { kind: "microphone-failed", why: "blocked" });
    expect(blocked.phone.troubles).toEqual(["microphone-blocked"]);
    expect(blocked.effects).toEqual([]);
    expect(run(blocked.phone, { kind: "microphone-works" }).phone.troubles).toEqual([]);
  });

  test("sound that the browser holds back is said until it plays", () => {
    const held = run(IN_CALL, { kind: "sound-blocked" }, { kind: "sound-blocked" }).phone;
    expect(held.troubles).toEqual(["sound-blocked"]);
    expect(run(held, { kind: "sound-works" }).phone.troubles).toEqual([]);
  });
});

test("an input for a line that is gone changes nothing", () => {
  const inputs: readonly Input[] = [
    { kind: "answer", line: C },
    { kind: "hang-up", line: C },
    { kind: "accepted", line: C, dialog: dialog("c") },
    { kind: "changed", line: C },
    { kind: "change-refused", line: C },
    { kind: "ended", line: C, cause: "ended" },
    { kind: "transferred", line: C },
    { kind: "transfer-refused", line: C },
    { kind: "audio-lost", line: C },
  ];
  for (const input of inputs) expect(apply(TWO, input, NOW)).toEqual({ phone: TWO, effects: [] });
});
