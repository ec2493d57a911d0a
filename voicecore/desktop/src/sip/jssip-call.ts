// One JsSIP session as a line of the phone.

import { C } from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession";
import type { DialogId, Key, LineId } from "../phone/phone";
import { endCause } from "./end-cause";
import type { Report } from "./user-agent";

const KEY_MS = { duration: 100, interToneGap: 70 };
/** How long we wait for further addresses of ours after the first: an ICE-lite server learns them anyway. */
const GATHER_MS = 500;

interface Owner {
  readonly report: Report;
  readonly listen: (connection: RTCPeerConnection) => void;
  readonly gone: () => void;
  readonly pcConfig: RTCConfiguration;
}

/** What JsSIP keeps of its dialog; its type files leave it out. */
interface WithDialog {
  readonly _dialog?: {
    readonly id: { readonly call_id: string; readonly local_tag: string; readonly remote_tag: string };
  };
}

export class JsSipCall {
  readonly #session: RTCSession;
  readonly #owner: Owner;
  readonly #line: LineId;
  #stream: MediaStream | null = null;
  #muted = false;
  #restarting = false;
  #gathering: ReturnType<typeof setTimeout> | null = null;

  constructor(line: LineId, session: RTCSession, owner: Owner) {
    this.#line = line;
    this.#session = session;
    this.#owner = owner;
    if (session.direction === "incoming")
      session.on("peerconnection", ({ peerconnection }) => {
        owner.listen(peerconnection);
        this.#watch(peerconnection);
      });
    session.on("icecandidate", ({ ready }) => {
      this.#gathering ??= setTimeout(ready, GATHER_MS);
    });
    session.on("confirmed", () => this.#confirmed());
    session.on("ended", ({ cause }) => this.#over(cause));
    session.on("failed", ({ cause }) => this.#over(cause));
  }

  get isEstablished(): boolean {
    return this.#session.isEstablished();
  }

  get connection(): RTCPeerConnection | undefined {
    return this.#session.connection ?? undefined;
  }

  /** The stream that this call talks with; it is stopped with the call. */
  lent(stream: MediaStream): void {
    this.#stream = stream;
    if (this.connection !== undefined) this.#watch(this.connection);
  }

  answer(mediaStream: MediaStream): void {
    this.#stream = mediaStream;
    this.#session.answer({ mediaStream, pcConfig: this.#owner.pcConfig });
  }

  hangUp(): void {
    if (this.#session.isEnded()) return;
    const isUnanswered = this.#session.direction === "incoming" && !this.isEstablished;
    this.#session.terminate(isUnanswered ? { status_code: 603 } : {});
  }

  refuse(status: number): void {
    if (!this.#session.isEnded()) this.#session.terminate({ status_code: status });
  }

  hold(): void {
    this.#renegotiated(this.#session.hold({}, () => this.#changed()));
  }

  resume(): void {
    this.#renegotiated(this.#session.unhold({}, () => this.#changed()));
  }

  /** Before the call is established only remembered: JsSIP has nothing to mute yet. */
  setMuted(muted: boolean): void {
    this.#muted = muted;
    if (!this.isEstablished) return;
    if (muted) this.#session.mute({ audio: true });
    else this.#session.unmute({ audio: true });
  }

  sendKey(key: Key): void {
    const dtmf = this.connection?.getSenders().find((sender) => sender.dtmf !== null)?.dtmf;
    // JsSIP would drop what still waits in the browser. Without audio yet, the key goes by SIP (RFC 6086).
    if (dtmf?.canInsertDTMF) dtmf.insertDTMF(dtmf.toneBuffer + key, KEY_MS.duration, KEY_MS.interToneGap);
    else this.#session.sendDTMF(key, { ...KEY_MS, transportType: C.DTMF_TRANSPORT.INFO });
  }

  refer(target: string): void {
    const refused = () => this.#owner.report({ kind: "transfer-refused", line: this.#line });
    try {
      this.#session.refer(target, {
        eventHandlers: {
          accepted: () => this.#owner.report({ kind: "transferred", line: this.#line }),
          requestFailed: refused,
          failed: refused,
        },
      });
    } catch {
      refused();
    }
  }

  /** The other side's address with this call to be replaced (RFC 3891), for a Refer-To. */
  replacingUri(): string {
    const dialog = this.#dialog();
    const uri = this.#session.remote_identity.uri.clone();
    uri.clearHeaders();
    // The asked party's own tag comes first: it is our remote one, whoever began the call.
    const value = `${dialog.callId};to-tag=${dialog.remoteTag};from-tag=${dialog.localTag}`;
    uri.setHeader("Replaces", encodeURIComponent(value));
    return uri.toString();
  }

  restartIce(): void {
    if (this.#restarting) return;
    this.#restarting = this.#session.renegotiate({ rtcOfferConstraints: { iceRestart: true } }, () => {
      this.#restarting = false;
    });
  }

  useStream(stream: MediaStream): void {
    const [track] = stream.getAudioTracks();
    const sender = this.connection
      ?.getSenders()
      .find((one) => one.track === null || one.track.kind === "audio");
    if (track === undefined || sender === undefined) return;
    track.enabled = !this.#muted && !this.#session.isOnHold().local;
    void sender.replaceTrack(track).then(() => {
      this.#stopStream();
      this.#stream = stream;
    });
  }

  release(): void {
    this.#stopStream();
  }

  #confirmed(): void {
    this.setMuted(this.#muted);
    this.#owner.report({ kind: "accepted", line: this.#line, dialog: this.#dialog() });
  }

  #dialog(): DialogId {
    const id = (this.#session as WithDialog)._dialog?.id;
    return { callId: id?.call_id ?? "", localTag: id?.local_tag ?? "", remoteTag: id?.remote_tag ?? "" };
  }

  #changed(): void {
    this.#owner.report({ kind: "changed", line: this.#line });
  }

  #renegotiated(began: boolean): void {
    if (!began) this.#owner.report({ kind: "change-refused", line: this.#line });
  }

  #watch(connection: RTCPeerConnection): void {
    connection.addEventListener("icegatheringstatechange", () => this.#gathered(connection));
    connection.addEventListener("iceconnectionstatechange", () => {
      const state = connection.iceConnectionState;
      if (state === "failed" || state === "disconnected")
        this.#owner.report({ kind: "audio-lost", line: this.#line });
      if (state === "connected" || state === "completed")
        this.#owner.report({ kind: "audio-back", line: this.#line });
    });
  }

  #gathered(connection: RTCPeerConnection): void {
    if (connection.iceGatheringState !== "complete" || this.#gathering === null) return;
    clearTimeout(this.#gathering);
    this.#gathering = null;
  }

  #over(cause: string): void {
    if (this.#gathering !== null) clearTimeout(this.#gathering);
    this.#stopStream();
    this.#owner.gone();
    this.#owner.report({ kind: "ended", line: this.#line, cause: endCause(cause) });
  }

  #stopStream(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
  }
}
