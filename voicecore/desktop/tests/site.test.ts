import { expect, test } from "vitest";
import { ApiError } from "../src/api/client";
import { PhoneDesk } from "../src/phone/desk";
import type { PhoneCredentials } from "../src/sip/user-agent";
import { Site } from "../src/site";
import { fakeAgent } from "./fake-agent";
import { A, dialog } from "./phones";

const SESSION = { role: "admin", name: "", csrf: "c" };
const CONFIGURATION = { version: "1", numbers: [], domain: "example.org", iceServers: [] };

function credentials(account: string): PhoneCredentials {
  const uri = `sip:${account}@example.org`;
  return { account, uri, password: "p", displayName: "", websocket: "ws://x", expiresAt: 100_000 };
}

/** A site whose server answers as told; `tick` lets the planned task happen. */
function build(answers: {
  resume?: () => void;
  signIn?: () => void;
  phone?: (account: string | null) => string;
}) {
  const asked: string[] = [];
  const clock = { now: 0 };
  const planned: { task: () => void; afterMs: number }[] = [];
  const desk = new PhoneDesk(() => 0);
  const account: { account: string | null } = { account: null };
  const site = new Site({
    api: {
      resume: async () => {
        answers.resume?.();
        return SESSION;
      },
      signIn: async () => {
        answers.signIn?.();
        return SESSION;
      },
      configuration: async () => CONFIGURATION,
      phoneCredentials: async (wanted) => credentials(answers.phone?.(wanted) ?? wanted ?? "web-1"),
    },
    account,
    desk,
    makeAgent: ({ account: name }) => {
      asked.push(`made for ${name}`);
      return fakeAgent(asked);
    },
    later: (task, afterMs) => {
      planned.push({ task, afterMs });
      return () => undefined;
    },
    now: () => clock.now,
  });
  const tick = async () => {
    planned.at(-1)?.task();
    await new Promise((done) => setTimeout(done));
  };
  return { site, desk, asked, planned, account, tick, clock };
}

function refusing(status: number): () => never {
  return () => {
    throw new ApiError(status, "");
  };
}

test("an open site registers a phone and plans to renew its credentials in time", async () => {
  const { site, asked, planned, account } = build({});
  await site.startPhone();
  await site.open(null);
  expect(site.state.get()).toMatchObject({ kind: "open", account: "web-1" });
  expect(asked).toEqual(["made for web-1", "start"]);
  expect(planned.at(-1)?.afterMs).toBe(80_000);
  expect(account.account).toBe("web-1");
});

test("without a session this machine is let in, where the site allows it", async () => {
  const { site } = build({ resume: refusing(401) });
  await site.open(null);
  expect(site.state.get().kind).toBe("open");
});

test.each([
  [401, null, { kind: "sign-in", problem: "none" }],
  [401, "guess", { kind: "sign-in", problem: "wrong" }],
  [429, "guess", { kind: "sign-in", problem: "too-often" }],
  [0, null, { kind: "unreachable" }],
])("a server that answers %i leads to the right page", async (code, token, state) => {
  const { site } = build({ resume: refusing(code), signIn: refusing(code) });
  await site.open(token);
  expect(site.state.get()).toEqual(state);
});

test("renewal keeps the phone and its calls", async () => {
  const { site, asked, tick } = build({});
  await site.open(null);
  await site.startPhone();
  await tick();
  expect(asked).toEqual(["made for web-1", "start", "renew"]);
});

test("a server that forgot the account gets a new phone, but not while a call runs", async () => {
  let name = "web-1";
  const { site, desk, asked, tick } = build({ phone: () => name });
  await site.open(null);
  await site.startPhone();
  desk.tell({ kind: "registered" });
  desk.tell({ kind: "dial", line: A, target: "1000" });
  desk.tell({ kind: "accepted", line: A, dialog: dialog("a") });
  name = "web-2";
  site.refused();
  await tick();
  expect(asked).toEqual(["made for web-1", "start", "call"]);
  desk.tell({ kind: "ended", line: A, cause: "ended" });
  await tick();
  expect(asked.slice(3)).toEqual(["stop", "made for web-2", "start"]);
});

test("a server that was started anew is signed in to again, but not while a call runs", async () => {
  let isNew = false;
  const { site, desk, asked, tick, clock } = build({
    resume: () => (isNew ? refusing(401)() : undefined),
    signIn: () => {
      asked.push("signed in");
      isNew = false;
    },
    phone: (account) => (isNew ? refusing(401)() : (account ?? "web-1")),
  });
  await site.open(null);
  await site.startPhone();
  isNew = true;
  clock.now = 60_000;
  desk.tell({ kind: "registered" });
  desk.tell({ kind: "dial", line: A, target: "1000" });
  await tick();
  expect(asked).toEqual(["made for web-1", "start", "call"]);
  expect(site.state.get().kind).toBe("open");
  desk.tell({ kind: "ended", line: A, cause: "ended" });
  await tick();
  expect(asked.slice(3)).toEqual(["signed in", "renew"]);
});

test("a server that takes no phones in browsers is asked again later", async () => {
  const { site, desk, planned } = build({ phone: refusing(503) });
  await site.open(null);
  await site.startPhone();
  expect(desk.phone.connection).toBe("unavailable");
  expect(planned).toHaveLength(1);
});
