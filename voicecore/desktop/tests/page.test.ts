// What is around the phone: memory over a reload, tabs, sleep, languages, addresses, devices.

import { describe, expect, test } from "vitest";
import { devicesFor, keptChoices } from "../src/audio/devices";
import english from "../src/i18n/en.json";
import { bestLanguage } from "../src/i18n/language";
import simplified from "../src/i18n/zh-Hans.json";
import traditional from "../src/i18n/zh-Hant.json";
import { CallMemory } from "../src/phone/memory";
import type { KeptCall } from "../src/phone/phone";
import { replacesValue, shownParty, sipTarget } from "../src/sip/address";
import { endCause } from "../src/sip/end-cause";
import { type Handover, OneTab } from "../src/tabs/one-tab";
import { clock, length, partyOf } from "../src/views/format";
import { Heartbeat } from "../src/world";
import { dialog } from "./phones";

const KEPT: KeptCall = { party: "1000", direction: "incoming", dialog: dialog("a"), onHold: true, since: 3 };

class Box implements Storage {
  readonly #kept = new Map<string, string>();
  get length(): number {
    return this.#kept.size;
  }
  key = () => null;
  clear = () => this.#kept.clear();
  getItem = (name: string) => this.#kept.get(name) ?? null;
  setItem = (name: string, value: string) => void this.#kept.set(name, value);
  removeItem = (name: string) => void this.#kept.delete(name);
}

describe("memory", () => {
  test("calls are found once after a reload, and not after the server has given them up", () => {
    const memory = new CallMemory(new Box());
    memory.keep([KEPT]);
    memory.leave(1000);
    expect(memory.take(2000)).toEqual([KEPT]);
    expect(memory.take(2000)).toEqual([]);
    memory.keep([KEPT]);
    memory.leave(1000);
    expect(memory.take(60_000)).toEqual([]);
  });

  test("a phone without calls leaves nothing behind", () => {
    const box = new Box();
    const memory = new CallMemory(box);
    memory.keep([KEPT]);
    memory.keep([]);
    memory.leave(1);
    expect(box.length).toBe(0);
  });

  test.each([
    "{",
    "7",
    '[{"party":1}]',
    '[{"party":"1","direction":"up","onHold":true,"since":1,"dialog":{}}]',
  ])("what cannot be a kept call is forgotten: %s", (text) => {
    const box = new Box();
    box.setItem("voicecore.calls", text);
    expect(new CallMemory(box).take(0)).toEqual([]);
  });

  test("a tab has one name for its life", () => {
    const memory = new CallMemory(new Box());
    expect(memory.instance(() => "one")).toBe("one");
    expect(memory.instance(() => "two")).toBe("one");
  });
});

describe("tabs", () => {
  /** Locks and a channel as two tabs of one browser share them; a tab that is `closed` lets go of its lock. */
  function browser() {
    let holder: (() => void) | null = null;
    const queue: (() => void)[] = [];
    const heard: ((message: { data: unknown }) => void)[] = [];
    const free = () => {
      holder = null;
      queue.shift()?.();
    };
    const tab = (log: string[], calls: readonly KeptCall[]) => {
      let close = () => undefined as undefined;
      const grant = (use: (lock: Lock) => unknown) => {
        close = () => void free();
        holder = close;
        use({ name: "", mode: "exclusive" });
      };
      const request = async (_: string, options: unknown, use?: (lock: Lock | null) => unknown) => {
        const granted = (use ?? options) as (lock: Lock | null) => unknown;
        if (holder === null) grant(granted);
        else if (use === undefined) queue.push(() => grant(granted));
        else granted(null);
      };
      const index = heard.length;
      const channel = {
        onmessage: null as ((message: MessageEvent) => void) | null,
        postMessage: (data: unknown) => heard.filter((_, at) => at !== index).map((hear) => hear({ data })),
      };
      heard.push((message) => channel.onmessage?.(message as MessageEvent));
      const given = (had: Handover | null) => log.push(`here with ${had?.calls.length ?? "nothing"}`);
      return new OneTab({
        locks: { request } as unknown as LockManager,
        channel,
        here: given,
        elsewhere: () => log.push("elsewhere"),
        give: () => ({ calls, account: "web-1" }),
        gone: () => {
          log.push("gone");
          close();
        },
      });
    };
    return tab;
  }

  test("the second tab says that the first is the phone, and takes it over with its calls", async () => {
    const tab = browser();
    const first: string[] = [];
    const second: string[] = [];
    const [one, two] = [tab(first, [KEPT]), tab(second, [])];
    await one.start();
    await two.start();
    expect(second).toEqual(["elsewhere"]);
    await two.takeOver();
    expect(first).toEqual(["here with nothing", "gone"]);
    expect(second).toEqual(["elsewhere", "here with 1"]);
  });
});

test("a late heartbeat is a sleep, a slow timer of a hidden tab is none", () => {
  const heart = new Heartbeat(0);
  expect(heart.beat(2000)).toBe(false);
  expect(heart.beat(62_000)).toBe(false);
  expect(heart.beat(200_000)).toBe(true);
  expect(heart.beat(202_000)).toBe(false);
});

describe("languages", () => {
  function keys(value: object, path = ""): string[] {
    return Object.entries(value).flatMap(([name, inner]) =>
      typeof inner === "string" ? [`${path}${name}`] : keys(inner as object, `${path}${name}.`),
    );
  }
  function blanks(value: object): string[] {
    return Object.entries(value).flatMap(([name, inner]) =>
      typeof inner === "string"
        ? (inner.match(/\{\{\w+\}\}/g) ?? []).sort().map((blank) => `${name} ${blank}`)
        : blanks(inner as object),
    );
  }

  test.each([
    ["simplified", simplified],
    ["traditional", traditional],
  ])("%s Chinese says all that English says, with the same blanks", (_, catalogue) => {
    expect(keys(catalogue)).toEqual(keys(english));
    expect(blanks(catalogue)).toEqual(blanks(english));
    const same = keys(english).filter((key) => at(catalogue, key) === at(english, key));
    expect(same).toEqual(["brand", "health.percent"]);
  });

  test("every sentence is used", () => {
    const sources = import.meta.glob("../src/**/*.{ts,tsx}", {
      query: "?raw",
      import: "default",
      eager: true,
    });
    const text = Object.values(sources).join();
    const used = (key: string) =>
      text.includes(`"${key}"`) || text.includes(`\`${key.slice(0, key.lastIndexOf(".") + 1)}\${`);
    expect(keys(english).filter((key) => !used(key))).toEqual([]);
  });

  function at(value: object, path: string): unknown {
    return path.split(".").reduce<unknown>((inner, name) => (inner as Record<string, unknown>)[name], value);
  }

  test.each([
    [["fr", "zh-TW"], "zh-Hant"],
    [["zh-CN"], "zh-Hans"],
    [["zh"], "zh-Hans"],
    [["zh-Hant-HK"], "zh-Hant"],
    [["en-GB", "zh"], "en"],
    [["fr"], "en"],
  ])("a browser that wants %j gets %s", (wanted, language) => {
    expect(bestLanguage(wanted)).toBe(language);
  });
});

describe("addresses", () => {
  test.each([
    [" 1000 ", "sip:1000@example.org"],
    ["+44 1632 (960) 123", "sip:+441632960123@example.org"],
    ["tel:+44-1632", "sip:+441632@example.org"],
    ["*43#", "sip:*43%23@example.org"],
    ["alice@other.org", "sip:alice@other.org"],
    ["sips:bob@x", "sips:bob@x"],
    ["", ""],
    [" - ", ""],
  ])("%j is called as %j", (typed, called) => {
    expect(sipTarget(typed, "example.org")).toBe(called);
  });

  test("parties at home are shown by their number, others by their address", () => {
    expect(shownParty("2001", "127.0.0.1", "127.0.0.1:5060")).toBe("2001");
    expect(shownParty("a%23", "other.org", "example.org")).toBe("a#@other.org");
    expect(shownParty("%", "x", "x")).toBe("%");
    expect(shownParty(null, "gateway", "x")).toBe("gateway");
  });

  test("Replaces names the tags as the other side has them", () => {
    expect(replacesValue(dialog("a"))).toBe("a;to-tag=a-theirs;from-tag=a-ours");
  });

  test("causes that nobody has heard of are failures", () => {
    expect([endCause("Busy"), endCause("Out of cheese")]).toEqual(["busy", "failed"]);
  });
});

test("devices that only repeat the default are left out", () => {
  const device = (deviceId: string, kind: string) => ({ deviceId, kind, label: deviceId, groupId: "" });
  const all = [device("default", "audioinput"), device("m", "audioinput"), device("s", "audiooutput")];
  const infos = all as unknown as MediaDeviceInfo[];
  expect(devicesFor("microphone", infos)).toEqual([{ id: "m", name: "m" }]);
  expect(devicesFor("ringer", infos)).toEqual([{ id: "s", name: "s" }]);
});

test("a damaged choice of devices is the default", () => {
  const box = new Box();
  box.setItem("voicecore.devices", "{");
  expect(keptChoices(box)).toEqual({
    microphone: "",
    speaker: "",
    ringer: "",
    cleanUp: true,
  });
});

test.each([
  ["sip:alice@192.0.2.7", "alice"],
  ["sip:192.0.2.7;transport=ws", "192.0.2.7"],
  ["tel:+441632960123", "+441632960123"],
  ["1000", "1000"],
])("the party of %s is %s", (uri, party) => {
  expect(partyOf(uri)).toBe(party);
});

test("times are written as the language writes them", () => {
  expect(length(65)).toBe("1:05");
  expect(length(3723)).toBe("1:02:03");
  const april = Date.UTC(2026, 3, 30, 12);
  expect(clock(april, "en", ["zh-TW", "en-GB"])).toContain("30/04/2026");
  expect(clock(april, "en", ["fr"])).toContain("4/30/26");
  expect(clock(april, "zh-Hans", ["zh-TW"])).toContain("2026/4/30");
});
