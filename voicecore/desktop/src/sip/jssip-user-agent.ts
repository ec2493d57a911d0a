// The user agent on JsSIP: turns effects into SIP, and JsSIP's events into inputs. Decides nothing.

import { C, UA } from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession";
import type { RTCSessionEvent } from "jssip/lib/UA";
import type { Loudspeaker } from "../audio/loudspeaker";
import type { Microphone } from "../audio/microphone";
import type { DialogId, Key, LineId } from "../phone/phone";
import { replacesValue, shownParty, sipTarget } from "./address";
import { JsSipCall } from "./jssip-call";
import { mediaCounts } from "./media-counts";
import { SipSocket } from "./sip-socket";
import type { IceServer, MediaCounts, PhoneCredentials, Report, UserAgent } from "./user-agent";

const REGISTER_FOR_S = 300;
const RECONNECT_S = { least: 1, most: 5 };

export interface Surroundings {
  readonly credentials: PhoneCredentials;
  readonly domain: string;
  readonly iceServers: readonly IceServer[];
  /** Names this browser tab to the registrar (RFC 5626, 4.1): after a reload it takes its old place. */
  readonly instance: string;
  readonly microphone: Microphone;
  readonly loudspeaker: Loudspeaker;
  readonly report: Report;
  readonly newLine: () => LineId;
}

export class JsSipUserAgent implements UserAgent {
  readonly #around: Surroundings;
  readonly #socket: SipSocket;
  readonly #ua: UA;
  readonly #calls = new Map<LineId, JsSipCall>();
  /** Lines that wait for the microphone before they are called. */
  readonly #waiting = new Set<LineId>();
  #muted = false;

  constructor(around: Surroundings) {
    this.#around = around;
    const { credentials, report } = around;
    this.#socket = new SipSocket(credentials.websocket);
    this.#ua = new UA({
      sockets: [this.#socket],
      uri: credentials.uri,
      authorization_user: credentials.account,
      password: credentials.password,
      display_name: credentials.displayName,
      instance_id: around.instance,
      register_expires: REGISTER_FOR_S,
      connection_recovery_min_interval: RECONNECT_S.least,
      connection_recovery_max_interval: RECONNECT_S.most,
      user_agent: "VoiceCore web phone",
    });
    this.#ua.on("registered", () => report({ kind: "registered" }));
    this.#ua.on("disconnected", () => report({ kind: "connection-lost" }));
    this.#ua.on("registrationFailed", ({ cause }) => {
      if (cause !== C.causes.CONNECTION_ERROR) report({ kind: "registration-refused" });
    });
    this.#ua.on("newRTCSession", (event: RTCSessionEvent) => {
      if (event.originator === "remote") this.#incoming(event.session);
    });
  }

  start(): void {
    this.#ua.start();
  }

  stop(): void {
    this.#ua.removeAllListeners();
    this.#ua.stop();
    for (const call of this.#calls.values()) call.release();
    this.#calls.clear();
  }

  renew(credentials: PhoneCredentials): void {
    this.#ua.set("password", credentials.password);
    if (this.#ua.isConnected()) this.#ua.register();
  }

  reconnect(): void {
    if (this.#ua.isConnected()) this.#socket.renew();
  }

  call(line: LineId, target: string): void {
    void this.#dial(line, target, []);
  }

  reattach(line: LineId, target: string, dialog: DialogId): void {
    void this.#dial(line, target, [`Replaces: ${replacesValue(dialog)}`, "Require: replaces"]);
  }

  answer(line: LineId): void {
    void this.#withMicrophone(line, (call, stream) => call.answer(stream));
  }

  hangUp(line: LineId): void {
    if (this.#waiting.delete(line)) this.#around.report({ kind: "ended", line, cause: "cancelled" });
    else this.#calls.get(line)?.hangUp();
  }

  refuseBusy(line: LineId): void {
    this.#calls.get(line)?.refuse(486);
  }

  hold(line: LineId): void {
    this.#calls.get(line)?.hold();
  }

  resume(line: LineId): void {
    this.#calls.get(line)?.resume();
  }

  setMuted(muted: boolean): void {
    this.#muted = muted;
    for (const call of this.#calls.values()) call.setMuted(muted);
  }

  sendKey(line: LineId, key: Key): void {
    this.#calls.get(line)?.sendKey(key);
  }

  refer(line: LineId, target: string): void {
    this.#calls.get(line)?.refer(sipTarget(target, this.#around.domain));
  }

  referTo(line: LineId, other: LineId): void {
    const to = this.#calls.get(other);
    if (to !== undefined) this.#calls.get(line)?.refer(to.replacingUri());
  }

  restartIce(line: LineId): void {
    this.#calls.get(line)?.restartIce();
  }

  reopenMicrophone(): void {
    for (const [line, call] of this.#calls) {
      if (call.isEstablished) void this.#withMicrophone(line, (one, stream) => one.useStream(stream));
    }
  }

  async counts(line: LineId): Promise<MediaCounts | null> {
    const connection = this.#calls.get(line)?.connection;
    return connection === undefined
      ? null
      : mediaCounts((await connection.getStats()) as unknown as Map<string, never>);
  }

  #incoming(session: RTCSession): void {
    const line = this.#around.newLine();
    this.#adopt(line, session);
    const { user, host } = session.remote_identity.uri;
    const party = shownParty(user, host, this.#around.domain);
    this.#around.report({ kind: "incoming", line, party });
  }

  async #dial(line: LineId, target: string, extraHeaders: string[]): Promise<void> {
    const { report, domain, microphone } = this.#around;
    this.#waiting.add(line);
    try {
      const mediaStream = await microphone.lend();
      if (!this.#waiting.delete(line)) {
        stop(mediaStream);
        return;
      }
      const session = this.#ua.call(sipTarget(target, domain), {
        mediaStream,
        extraHeaders,
        pcConfig: this.#pcConfig(),
        rtcOfferConstraints: { offerToReceiveAudio: true },
        eventHandlers: {
          peerconnection: ({ peerconnection }) => this.#listen(line, peerconnection),
        },
      });
      this.#adopt(line, session).lent(mediaStream);
    } catch {
      // Without a microphone, or a target that is no address. The microphone has said so by itself.
      this.#waiting.delete(line);
      report({ kind: "ended", line, cause: "failed" });
    }
  }

  async #withMicrophone(line: LineId, use: (call: JsSipCall, stream: MediaStream) => void): Promise<void> {
    try {
      const stream = await this.#around.microphone.lend();
      const call = this.#calls.get(line);
      if (call === undefined) stop(stream);
      else use(call, stream);
    } catch {
      const call = this.#calls.get(line);
      if (call !== undefined && !call.isEstablished) call.refuse(480);
    }
  }

  #adopt(line: LineId, session: RTCSession): JsSipCall {
    const call = new JsSipCall(line, session, {
      report: (input) => this.#around.report(input),
      listen: (connection) => this.#listen(line, connection),
      gone: () => {
        this.#calls.delete(line);
        this.#around.loudspeaker.stop(line);
      },
      pcConfig: this.#pcConfig(),
    });
    this.#calls.set(line, call);
    call.setMuted(this.#muted);
    return call;
  }

  #listen(line: LineId, connection: RTCPeerConnection): void {
    connection.addEventListener("track", ({ track }) =>
      this.#around.loudspeaker.play(line, new MediaStream([track])),
    );
  }

  #pcConfig(): RTCConfiguration {
    return {
      iceServers: this.#around.iceServers.map((server) => ({ ...server, urls: [...server.urls] })),
      bundlePolicy: "max-bundle",
    };
  }
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
