"""Every message of the API. Times are UTC in ISO 8601, ids are texts, durations are in the unit of the name."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

RoleName = Literal["agent", "qa", "supervisor", "admin"]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Health(Model):
    """That the server runs."""

    status: Literal["ok"] = "ok"
    version: str = Field(examples=["0.1.0"])
    uptime_s: float = Field(ge=0, description="Seconds since the server started.")
    calls: int = Field(ge=0, description="Calls that run now.")


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
