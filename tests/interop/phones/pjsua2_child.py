"""The program behind `Pjsua2Phone`: a pjsua2 user agent, told what to do by lines of JSON on standard input.

It is a process of its own, since the library aborts the process for a slip: a Call or a media object that is
collected at the wrong time. So everything is kept until the end, which is `os._exit`.

Commands: {"do": "dial", "uri": ...}, {"do": "digits", "digits": ...}, {"do": "hold"}, {"do": "resume"},
{"do": "update"}, {"do": "transfer", "uri": ...}, {"do": "join"}, {"do": "hang_up"}, {"do": "quit"}; all but the last
mean the newest call, and "join" transfers the first call to the party of the newest.
Tells: {"event": "ready" | "calling" | "state" | "media" | "digit" | "transfer" |
"registration" | "gone", ...}.
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
    """One account; a phone on which the newest call is the one in hand."""

    def __init__(
        self,
        says: str,
        hears: str,
        log: str,
        sip_port: int,
        rtp_port: int,
        codec: str,
        answers: bool,
        reliable: bool,
        session_expires: int,
        registrar: str,
        user: str,
        password: str,
        srtp: list[str],
    ) -> None:
        self.says, self.hears, self.answers = says, hears, answers
        self.calls: list[Any] = []
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        self.endpoint.libInit(self._settings(log))
        transport = pj.TransportConfig()
        transport.port, transport.boundAddress, transport.publicAddress = sip_port, ADDRESS, ADDRESS
        for kind in (pj.PJSIP_TRANSPORT_UDP, pj.PJSIP_TRANSPORT_TCP):
            self.endpoint.transportCreate(kind, transport)
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
        if reliable:
            account.callConfig.prackUse = pj.PJSUA_100REL_MANDATORY
        if session_expires:
            account.callConfig.timerUse = pj.PJSUA_SIP_TIMER_ALWAYS
            account.callConfig.timerMinSESec = account.callConfig.timerSessExpiresSec = session_expires
        if registrar:
            account.idUri = registrar.replace("sip:", f"sip:{user}@", 1)
            account.regConfig.registrarUri = registrar
            account.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", user, 0, password))
        self.account = account_class(self)()
        self.account.create(account)

    @staticmethod
    def _settings(log: str) -> Any:
        settings = pj.EpConfig()
        settings.uaConfig.threadCnt = 1
        settings.uaConfig.maxCalls = 4  # what the published wheel was built for
        settings.logConfig.level, settings.logConfig.consoleLevel = 4, 0
        settings.logConfig.filename, settings.logConfig.msgLogging = log, 1
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

    @property
    def call(self) -> Any:
        return self.calls[-1]

    def new_call(self, *call_id: int) -> Any:
        call = call_class(self)(self.account, *call_id)
        self.calls.append(call)
        return call

    def dial(self, uri: str) -> None:
        self.new_call().makeCall(uri, pj.CallOpParam(True))

    def take(self, call_id: int) -> None:
        """Rings, and answers the call that came in, unless nobody is at home."""
        call = self.new_call(call_id)
        info = call.getInfo()
        tell("calling", uri=info.remoteUri)
        for status in (180, 200) if self.answers else ():
            answer = pj.CallOpParam()
            answer.statusCode = status
            call.answer(answer)

    def connect(self, call: Any) -> None:
        """Plays to who can hear and records who can be heard, each time that the call's media change."""
        info = call.getInfo()
        for index in range(len(info.media)):
            media = info.media[index]
            if media.type == pj.PJMEDIA_TYPE_AUDIO:
                codec = ""
                if media.status in (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD):
                    self._connect_audio(call.getAudioMedia(index))
                    codec = call.getStreamInfo(index).codecName
                tell("media", status=MEDIA_STATUS[media.status], codec=codec)

    def _connect_audio(self, audio: Any) -> None:
        KEPT.append(audio)
        if not hasattr(self, "recorder"):
            self.player, self.recorder = pj.AudioMediaPlayer(), pj.AudioMediaRecorder()
            self.player.createPlayer(self.says, pj.PJMEDIA_FILE_NO_LOOP)
            self.recorder.createRecorder(self.hears)
        self.player.startTransmit(audio)
        audio.startTransmit(self.recorder)

    def close(self) -> None:
        """Hangs up and ends the library, which completes the recording."""
        self.endpoint.hangupAllCalls()
        if hasattr(self, "recorder"):
            for media in (self.player, self.recorder):
                type(media).__swig_destroy__(media)
        self.endpoint.libDestroy()

    def obey(self, command: dict[str, str]) -> None:
        as_it_is = pj.CallOpParam(True)
        match command:
            case {"do": "dial", "uri": uri}:
                self.dial(uri)
            case {"do": "digits", "digits": digits}:
                self.call.dialDtmf(digits)
            case {"do": "hold"}:
                self.call.setHold(as_it_is)
            case {"do": "resume"}:
                as_it_is.opt.flag = pj.PJSUA_CALL_UNHOLD
                self.call.reinvite(as_it_is)
            case {"do": "update"}:
                self.call.update(as_it_is)
            case {"do": "transfer", "uri": uri}:
                self.call.xfer(uri, as_it_is)
            case {"do": "join"}:
                self.calls[0].xferReplaces(self.call, as_it_is)
            case {"do": "hang_up"}:
                self.call.hangup(pj.CallOpParam())
            case _:
                raise ValueError(f"what is {command}?")


MEDIA_STATUS = {
    pj.PJSUA_CALL_MEDIA_NONE: "none",
    pj.PJSUA_CALL_MEDIA_ACTIVE: "active",
    pj.PJSUA_CALL_MEDIA_LOCAL_HOLD: "we hold",
    pj.PJSUA_CALL_MEDIA_REMOTE_HOLD: "on hold",
    pj.PJSUA_CALL_MEDIA_ERROR: "error",
}


def call_class(phone: Phone) -> Any:
    """pjsua2 calls back into subclasses of its own classes, which exist only once it is loaded."""

    def state_changed(call: Any, parameters: Any) -> None:
        info = call.getInfo()
        tell("state", state=info.stateText, status=info.lastStatusCode, reason=info.lastReason)

    def media_changed(call: Any, parameters: Any) -> None:
        phone.connect(call)

    def digit_received(call: Any, parameters: Any) -> None:
        tell("digit", digit=parameters.digit)

    def transfer_asked(call: Any, parameters: Any) -> None:
        parameters.newCall = phone.new_call()

    def transfer_told(call: Any, parameters: Any) -> None:
        tell("transfer", status=parameters.statusCode, final=parameters.finalNotify)

    callbacks = {
        "onCallState": state_changed,
        "onCallMediaState": media_changed,
        "onDtmfDigit": digit_received,
        "onCallTransferRequest": transfer_asked,
        "onCallTransferStatus": transfer_told,
    }
    return type("Call", (pj.Call,), callbacks)


def account_class(phone: Phone) -> Any:
    def call_came_in(account: Any, parameters: Any) -> None:
        phone.take(parameters.callId)

    def registration_changed(account: Any, parameters: Any) -> None:
        tell("registration", status=parameters.code, expires=parameters.expiration)

    callbacks = {"onIncomingCall": call_came_in, "onRegState": registration_changed}
    return type("Account", (pj.Account,), callbacks)


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
