// Builds the desktop out of browser parts and starts it.

import i18next from "i18next";
import { ApiClient } from "./api/client";
import { EventStream } from "./api/event-stream";
import { devicesFor, keepChoices, keptChoices } from "./audio/devices";
import { watchLevel } from "./audio/level";
import { Loudspeaker } from "./audio/loudspeaker";
import { Microphone } from "./audio/microphone";
import { Tones } from "./audio/tones";
import { NO_CALLS, type RecentCalls, withEvent, withPage } from "./calls/recent";
import type { Desktop, SoundPanel } from "./desktop";
import { QualityMonitor } from "./health/monitor";
import { PhoneDesk } from "./phone/desk";
import { CallMemory } from "./phone/memory";
import type { LineId } from "./phone/phone";
import { activeLine, keptCalls, ringingLine } from "./phone/views";
import { JsSipUserAgent } from "./sip/jssip-user-agent";
import { Site } from "./site";
import { Store } from "./store";
import { OneTab } from "./tabs/one-tab";
import { watchWorld } from "./world";

const MEASURE_EVERY_MS = 3000;
const PAGE = 30;

const newLine = () => crypto.randomUUID() as LineId;

function later(task: () => void, afterMs: number): () => void {
  const timer = setTimeout(task, afterMs);
  return () => clearTimeout(timer);
}

export function openDesktop(): Desktop {
  const api = new ApiClient((path, options) => fetch(path, options));
  const desk = new PhoneDesk(Date.now);
  const memory = new CallMemory(sessionStorage);
  const instance = memory.instance(() => crypto.randomUUID());
  const microphone = new Microphone({
    failed: (why) => desk.tell({ kind: "microphone-failed", why }),
    works: () => desk.tell({ kind: "microphone-works" }),
  });
  const loudspeaker = new Loudspeaker((blocked) =>
    desk.tell({ kind: blocked ? "sound-blocked" : "sound-works" }),
  );
  const site = new Site({
    api,
    desk,
    account: memory,
    now: Date.now,
    later,
    makeAgent: (credentials, { domain, iceServers }) =>
      new JsSipUserAgent({
        credentials,
        domain,
        iceServers,
        instance,
        microphone,
        loudspeaker,
        newLine,
        report: (input) => {
          desk.tell(input);
          if (input.kind === "registration-refused") site.refused();
        },
      }),
  });
  const monitor = new QualityMonitor(async (line) => (await desk.agent?.counts(line)) ?? null);
  const { recent, eventsArrive, older } = followCalls(api, site);
  const sound = soundPanel(microphone, loudspeaker, desk);
  const tab = keepOneTab(desk, memory, site);

  desk.subscribe(() => memory.keep(keptCalls(desk.phone)));
  desk.subscribe(() => {
    const ringing = ringingLine(desk.phone);
    document.title =
      ringing === null ? i18next.t("title") : i18next.t("line.incoming", { party: ringing.party });
  });
  window.addEventListener("pagehide", () => memory.leave(Date.now()));
  document.addEventListener("click", () => loudspeaker.retry());
  watchWorld(desk.tell, () => {
    if (desk.phone.troubles.some((one) => one === "microphone-lost" || one === "microphone-missing"))
      void microphone.check().then(() => desk.agent?.reopenMicrophone());
  });
  setInterval(() => {
    const line = activeLine(desk.phone);
    void monitor.measure(line?.state === "in-call" ? line.id : null);
  }, MEASURE_EVERY_MS);
  void tab.start();
  void site.open(null);

  return {
    phone: desk,
    tell: desk.tell,
    dial: (target) => desk.tell({ kind: "dial", line: newLine(), target }),
    site: site.state,
    signIn: (token) => void site.open(token),
    takeOver: () => void tab.takeOver(),
    quality: monitor.quality,
    recent,
    eventsArrive,
    older,
    api,
    sound,
    notes: {
      read: (call) => sessionStorage.getItem(`voicecore.notes.${call}`) ?? "",
      write: (call, text) => sessionStorage.setItem(`voicecore.notes.${call}`, text),
    },
    now: Date.now,
  };
}

function keepOneTab(desk: PhoneDesk, memory: CallMemory, site: Site): OneTab {
  return new OneTab({
    locks: navigator.locks,
    channel: new BroadcastChannel("voicecore.phone"),
    here: (given) => {
      if (given !== null) memory.account = given.account;
      const calls = [...(given?.calls ?? []), ...memory.take(Date.now())];
      desk.tell({ kind: "came-here" });
      for (const call of calls) desk.tell({ kind: "restored", line: newLine(), call });
      void site.startPhone();
    },
    elsewhere: () => {
      memory.take(Date.now());
      desk.tell({ kind: "opened-elsewhere" });
    },
    give: () => ({ calls: keptCalls(desk.phone), account: memory.account }),
    // A reload ends this tab's SIP without a farewell: the calls stay, and the other tab takes them up.
    gone: () => {
      memory.keep([]);
      memory.account = null;
      location.reload();
    },
  });
}

function followCalls(api: ApiClient, site: Site) {
  const recent = new Store<RecentCalls>(NO_CALLS);
  const eventsArrive = new Store(true);
  const stream = new EventStream({
    later,
    open: ({ after, heard, closed }) => {
      const url = new URL("/api/v1/events", location.href);
      url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
      if (after !== null) url.searchParams.set("after", String(after));
      const socket = new WebSocket(url);
      socket.addEventListener("open", () => eventsArrive.set(true));
      socket.addEventListener("message", ({ data }) => heard(data));
      socket.addEventListener("close", () => {
        eventsArrive.set(false);
        closed();
      });
    },
    heard: (event) => {
      recent.set(withEvent(recent.get(), event));
      // A snapshot names what runs; what ended meanwhile is in the list.
      if (event.kind === "snapshot") void load(null);
    },
  });
  const load = async (before: string | null) => {
    try {
      const page = await api.calls(PAGE, before);
      recent.set(withPage(recent.get(), page));
    } catch {
      eventsArrive.set(false);
    }
  };
  let following = false;
  site.state.subscribe(() => {
    if (following || site.state.get().kind !== "open") return;
    following = true;
    stream.start();
  });
  return { recent, eventsArrive, older: () => void load(recent.get().next) };
}

function soundPanel(microphone: Microphone, loudspeaker: Loudspeaker, desk: PhoneDesk): SoundPanel {
  const choices = new Store(keptChoices(localStorage));
  const tones = new Tones();
  const applied = () => {
    microphone.choose(choices.get().microphone, choices.get().cleanUp);
    loudspeaker.choose(choices.get().speaker);
  };
  applied();
  desk.subscribe(() => {
    const ringing = ringingLine(desk.phone) !== null;
    const ring = ringing ? (activeLine(desk.phone) === null ? "ring" : "waiting") : "none";
    tones.ring(ring, ring === "waiting" ? choices.get().speaker : choices.get().ringer);
  });
  return {
    choices,
    choose: (chosen) => {
      choices.set({ ...choices.get(), ...chosen });
      keepChoices(localStorage, choices.get());
      applied();
      if ("microphone" in chosen || "cleanUp" in chosen) desk.agent?.reopenMicrophone();
    },
    devices: async (use) => devicesFor(use, (await navigator.mediaDevices?.enumerateDevices()) ?? []),
    testTone: () => void tones.test(choices.get().speaker),
    watchLevel: (tell) => levelOf(microphone, tell),
  };
}

function levelOf(microphone: Microphone, tell: (level: number) => void): () => void {
  let stop: (() => void) | null = null;
  let stopped = false;
  const watch = async () => {
    const stream = await microphone.lend();
    const end = watchLevel(stream, tell);
    stop = () => {
      end();
      for (const track of stream.getTracks()) track.stop();
    };
    if (stopped) stop();
  };
  void watch().catch(() => undefined); // the microphone has said why
  return () => {
    stopped = true;
    stop?.();
  };
}
