"""The program behind `Pjsua2Phone`: a pjsua2 user agent, told what to do by lines of JSON on standard input.

It is a process of its own, since the library aborts the process for a slip: a Call or a media object that is
collected at the wrong time. So everything is kept until the end, which is `os._exit`.

Commands: {"do": "dial", "uri": ...}, {"do": "digits", "digits": ...}, {"do": "hang_up"}, {"do": "quit"}.
Tells: {"event": "ready" | "calling" | "state" | "media" | "digit" | "gone", ...}.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any

pj: Any = importlib.import_module("pjsua2")  # has no types
ADDRESS = "127.0.0.1"
KEPT: list[object] = []


def tell(event: str, **facts: object) -> None:
    sys.stdout.write(json.dumps({"event": event, **facts}) + "\n")
    sys.stdout.flush()


class Phone:
    """One account, one call at a time."""

    def __init__(
        self, says: str, hears: str, sip_port: int, rtp_port: int, codec: str, answers: bool, srtp: list[str]
    ) -> None:
        self.says, self.hears, self.answers = says, hears, answers
        self.call: Any = None
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        self.endpoint.libInit(self._settings())
        transport = pj.TransportConfig()
        transport.port, transport.boundAddress, transport.publicAddress = sip_port, ADDRESS, ADDRESS
        self.endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
        self.endpoint.libStart()
        self.endpoint.audDevManager().setNullDev()
        for found in self.endpoint.codecEnum2():
            wanted = found.codecId.upper().startswith(codec.upper())
            self.endpoint.codecSetPriority(found.codecId, 255 if wanted else 0)
        account = pj.AccountConfig()
        account.idUri = f"sip:pjsua2@{ADDRESS}:{sip_port}"
        account.mediaConfig.transportConfig.boundAddress = ADDRESS
        account.mediaConfig.transportConfig.port = rtp_port
        if srtp:
            self._require_srtp(account.mediaConfig, srtp)
        self.account = account_class(self)()
        self.account.create(account)

    @staticmethod
    def _settings() -> Any:
        settings = pj.EpConfig()
        settings.uaConfig.threadCnt = 1
        settings.uaConfig.maxCalls = 4  # what the published wheel was built for
        settings.logConfig.level = settings.logConfig.consoleLevel = 0
        settings.medConfig.clockRate = settings.medConfig.sndClockRate = 8000
        settings.medConfig.noVad = True
        settings.medConfig.ecTailLen = 0
        return settings

    @staticmethod
    def _require_srtp(media: Any, suites: list[str]) -> None:
        """SDES and nothing else, over any transport."""
        media.srtpUse, media.srtpSecureSignaling = pj.PJMEDIA_SRTP_MANDATORY, 0
        media.srtpOpt.keyings.append(pj.PJMEDIA_SRTP_KEYING_SDES)
        for name in suites:
            crypto = pj.SrtpCrypto()
            crypto.name = name
            media.srtpOpt.cryptos.append(crypto)

    def dial(self, uri: str) -> None:
        self.call = call_class(self)(self.account)
        KEPT.append(self.call)
        self.call.makeCall(uri, pj.CallOpParam(True))

    def take(self, call_id: int) -> None:
        """Answers the call that came in, or lets it ring."""
        self.call = call_class(self)(self.account, call_id)
        KEPT.append(self.call)
        info = self.call.getInfo()
        tell("calling", uri=info.remoteUri)
        if self.answers:
            answer = pj.CallOpParam()
            answer.statusCode = 200
            self.call.answer(answer)

    def connect(self) -> None:
        """Plays and records, as soon as the call has media; once only."""
        info = self.call.getInfo()
        for index in range(len(info.media)):
            media = info.media[index]
            if media.type == pj.PJMEDIA_TYPE_AUDIO and media.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                self._connect_audio(index)

    def _connect_audio(self, index: int) -> None:
        audio, player, recorder = (
            self.call.getAudioMedia(index),
            pj.AudioMediaPlayer(),
            pj.AudioMediaRecorder(),
        )
        KEPT.append(audio)
        if not hasattr(self, "recorder"):
            player.createPlayer(self.says, pj.PJMEDIA_FILE_NO_LOOP)
            recorder.createRecorder(self.hears)
            self.player, self.recorder = player, recorder
            self.player.startTransmit(audio)
            audio.startTransmit(self.recorder)
            tell("media", codec=self.call.getStreamInfo(index).codecName)

    def close(self) -> None:
        """Hangs up and ends the library, which completes the recording."""
        self.endpoint.hangupAllCalls()
        if hasattr(self, "recorder"):
            for media in (self.player, self.recorder):
                type(media).__swig_destroy__(media)
        self.endpoint.libDestroy()

    def obey(self, command: dict[str, str]) -> None:
        match command:
            case {"do": "dial", "uri": uri}:
                self.dial(uri)
            case {"do": "digits", "digits": digits}:
                self.call.dialDtmf(digits)
            case {"do": "hang_up"}:
                self.call.hangup(pj.CallOpParam())
            case _:
                raise ValueError(f"what is {command}?")


def call_class(phone: Phone) -> Any:
    """pjsua2 calls back into subclasses of its own classes, which exist only once it is loaded."""

    def state_changed(call: Any, parameters: Any) -> None:
        info = call.getInfo()
        tell("state", state=info.stateText, status=info.lastStatusCode, reason=info.lastReason)

    def media_changed(call: Any, parameters: Any) -> None:
        phone.connect()

    def digit_received(call: Any, parameters: Any) -> None:
        tell("digit", digit=parameters.digit)

    callbacks = {
        "onCallState": state_changed,
        "onCallMediaState": media_changed,
        "onDtmfDigit": digit_received,
    }
    return type("Call", (pj.Call,), callbacks)


def account_class(phone: Phone) -> Any:
    def call_came_in(account: Any, parameters: Any) -> None:
        phone.take(parameters.callId)

    return type("Account", (pj.Account,), {"onIncomingCall": call_came_in})


def main() -> None:
    settings = json.loads(sys.argv[1])
    phone = Phone(**settings)
    KEPT.append(phone)
    tell("ready")
    for line in sys.stdin:
        command = json.loads(line)
        if command == {"do": "quit"}:
            break
        phone.obey(command)
    phone.close()
    tell("gone")
    os._exit(0)


if __name__ == "__main__":
    main()
