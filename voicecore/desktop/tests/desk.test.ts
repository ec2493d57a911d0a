import { expect, test } from "vitest";
import { PhoneDesk } from "../src/phone/desk";
import { status } from "../src/phone/views";
import { fakeAgent } from "./fake-agent";
import { A, dialog, NOW } from "./phones";

test("effects reach the agent in their order", () => {
  const asked: string[] = [];
  const desk = new PhoneDesk(() => NOW);
  desk.use(fakeAgent(asked));
  desk.tell({ kind: "registered" });
  desk.tell({ kind: "dial", line: A, target: "1000" });
  desk.tell({ kind: "accepted", line: A, dialog: dialog("a") });
  desk.tell({ kind: "toggle-mute" });
  desk.tell({ kind: "hang-up", line: A });
  expect(asked).toEqual(["call", "setMuted", "hangUp"]);
});

test("what an effect tells at once is applied after it, not inside it", () => {
  const desk = new PhoneDesk(() => NOW);
  const seen: string[] = [];
  desk.use(fakeAgent([], { call: () => desk.tell({ kind: "ended", line: A, cause: "failed" }) }));
  desk.subscribe(() => seen.push(status(desk.phone)));
  desk.tell({ kind: "registered" });
  desk.tell({ kind: "dial", line: A, target: "1000" });
  expect(seen).toEqual(["Ready", "Calling", "Ready"]);
});

test("who no longer listens is not told", () => {
  const desk = new PhoneDesk(() => NOW);
  let told = 0;
  const stop = desk.subscribe(() => {
    told += 1;
  });
  desk.tell({ kind: "registered" });
  stop();
  desk.tell({ kind: "connection-lost" });
  expect(told).toBe(1);
});
