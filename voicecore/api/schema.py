"""Every message of the API. Times are UTC in ISO 8601, ids are texts, durations are in the unit of the name."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

RoleName = Literal["agent", "qa", "supervisor", "admin"]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)


class Health(Model):
    """That the server runs, and how much more it takes."""

    status: Literal["ok", "full"] = Field(description='"full": new calls are refused for now.')
    version: str = Field(examples=["0.1.0"])
    uptime_s: float = Field(ge=0, description="Seconds since the server started.")
    calls: int = Field(ge=0, description="Calls that run now.")
    room: int = Field(ge=0, description="Legs that the media engine would still take.")


class SessionRequest(Model):
    """`token` may be left out on the machine that the server runs on, where no tokens are configured."""

    token: Annotated[str, Field(min_length=1, max_length=4096)] | None = None


class SessionView(Model):
    """Who is logged in."""

    role: RoleName
    name: str = Field(examples=["this machine"])
    csrf: str = Field(
        description="Send it as X-CSRF-Token with whatever changes something. Empty with a bearer token."
    )
    expires_at: datetime | None = Field(description="When the session ends; null with a bearer token.")


class NumberView(Model):
    number: str = Field(
        description="What is dialled, or a pattern: X is one digit, a dot at the end the rest."
    )
    flow: str = Field(examples=["ivr_apps.main_menu:main"])
    language: str = Field(examples=["en"])


class SipView(Model):
    websocket: str | None = Field(
        description="Where SIP over WebSocket is spoken; null: [sip] listen has none.",
        examples=["ws://127.0.0.1:8088"],
    )
    domain: str = Field(description="The domain of addresses-of-record.", examples=["127.0.0.1"])


class IceServer(Model):
    """As a browser's RTCPeerConnection takes it."""

    urls: list[str]
    username: str | None = None
    credential: str | None = None


class Configuration(Model):
    """What a page has to know of the site."""

    version: str
    languages: list[str] = Field(description="Languages of the prompts, the site's own first.")
    numbers: list[NumberView]
    sip: SipView
    ice_servers: list[IceServer]


class PhoneRequest(Model):
    account: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        default=None,
        description="An account that this session was given: it gets a new password and more time.",
    )


class PhoneCredentials(Model):
    """An account that lives for a short while. It may call this site's numbers and phones, nothing beyond."""

    account: str = Field(description="The user name, also of Digest.", examples=["web-1f9k2Lm3Qp0a"])
    uri: str = Field(examples=["sip:web-1f9k2Lm3Qp0a@127.0.0.1"])
    password: str
    display_name: str
    realm: str = Field(examples=["voicecore"])
    websocket: str = Field(examples=["ws://127.0.0.1:8088"])
    expires_at: datetime


class _CallFields(Model):
    id: str = Field(description="Sorts by the start of the call.", examples=["06f2zv1m9k3a7c"])
    direction: Literal["inbound", "outbound"]
    from_: str = Field(
        serialization_alias="from", description="The caller's URI.", examples=["sip:alice@192.0.2.7"]
    )
    to: str = Field(description="What was dialled.", examples=["1000"])
    flow: str | None
    state: Literal["active", "ended"]
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    duration_s: float | None = Field(description="From the answer to the end; null before both were.")
    outcome: str | None = Field(description="Why it ended; null while it runs.", examples=["caller hung up"])
    status: int | None = Field(description="The final SIP status that the caller got.")


class CallSummary(_CallFields):
    """One call as its caller knows it."""

    recordings: int = Field(ge=0, description="Recordings that are complete.")


class CallPage(Model):
    calls: list[CallSummary] = Field(description="The newest first.")
    next: str | None = Field(description="Give it as `before` for the next page; null: there is none.")


class LegView(Model):
    """One party of a call. Figures are those of the audio that it sent us, as they were last measured; null before."""

    id: str
    direction: Literal["inbound", "outbound"]
    party: str = Field(description="The URI of the far end.")
    address: str = Field(description="Where its SIP messages come from.", examples=["192.0.2.7:5060"])
    codec: str | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    status: int | None
    reason: str | None
    mos: float | None = Field(description="Listening quality by the E-model, 1 to 4.5.")
    loss: float | None = Field(description="Share of its packets that did not come, 0 to 1.")
    jitter_ms: float | None
    round_trip_ms: float | None
    remote_mos: float | None = Field(
        description="How our audio sounds there, as it says itself (RTCP XR), 1 to 5."
    )
    remote_r_factor: float | None = Field(description="The same as a rating by the E-model.")
    packets_received: int | None
    packets_sent: int | None
    packets_relayed: int | None = Field(
        description="Of those sent, the other leg's that went on as they came, neither decoded nor mixed."
    )
    relayed: bool | None = Field(description="Whether they go on so now; null when the leg is over.")


class Step(Model):
    """One step of a call's journal."""

    at: datetime
    kind: str = Field(description="The same in every language.", examples=["answered"])
    detail: str


class MarkView(Model):
    """A place in a recording."""

    at_s: float = Field(ge=0, description="Seconds from its beginning.")
    kind: Literal["note", "paused", "resumed", "masked", "unmasked", "lost"] = Field(
        description="note: a flow's own; masked: what was secret is silence; lost: the disk was too slow."
    )
    text: str
    fields: dict[str, str | int | float | bool]


class RecordingView(Model):
    id: str
    leg: str
    channels: int
    started_at: datetime
    duration_s: float
    lost_ms: int = Field(description="Audio that could not be written.")
    size: int | None = Field(
        description="Bytes of the sound; null: its file is not there any more, or broken."
    )
    marks: list[MarkView] = Field(description="In the order of the sound.")


class CallDetail(_CallFields):
    """All of a call but its SIP messages."""

    legs: list[LegView]
    journal: list[Step]
    recordings: list[RecordingView]


class LadderParty(Model):
    role: str = Field(examples=["caller, UDP"])
    address: str


class LadderArrow(Model):
    """One SIP message. `from` and `to` count into `parties`."""

    at: datetime
    from_: int = Field(serialization_alias="from", ge=0)
    to: int = Field(ge=0)
    line: str = Field(description="Method or status, and whether there is SDP.", examples=["INVITE (SDP)"])
    repeat: bool = Field(description="It went by before, octet for octet.")
    raw: str = Field(description="The message, with its secrets overwritten by asterisks.")


class Ladder(Model):
    parties: list[LadderParty]
    messages: list[LadderArrow]


class Peaks(Model):
    """How loud a recording is over time, for drawing."""

    duration_s: float
    channels: list[list[float]] = Field(
        description="Of each channel the loudest sample of each part, 0 to 1."
    )


class Quality(Model):
    """How a leg of a call has sounded until then."""

    leg: str
    codec: str | None
    mos: float | None
    loss: float | None
    jitter_ms: float | None
    relayed: bool | None


class Event(Model):
    """What a follower of the events is told. Of a snapshot `calls` is there, of the others `call`."""

    kind: Literal["snapshot", "call-started", "call-changed", "call-ended", "quality"]
    seq: int
    at: datetime
    calls: list[CallSummary] | None = None
    call: CallSummary | None = None
    legs: list[Quality] | None = None
