"""Which extended reports of RTCP one side wants, as `a=rtcp-xr` says it (RFC 3611, 5)."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, Self

_SUMMARY = ("loss", "dup", "jitt")
"""Of the summary's parts those that we have; the others are of the IP header, which we do not see."""


class RtcpXr(Enum):
    """Whether there are extended reports."""

    OFF = "off"
    ACCEPT = "accept"
    """Where the peer offers them."""
    OFFER = "offer"
    """In our own offers too."""


class ExtendedReports(NamedTuple):
    """What one side asks the other to send."""

    round_trip: str = ""
    """How round trips are measured for who sends nothing: "all" or "sender"; "": they are not. Both must say it."""
    metrics: bool = False
    """How a call sounds to who hears it."""
    summary: tuple[str, ...] = ()
    """Parts of the summary: loss, dup, jitt, TTL, HL."""
    loss_runs: bool = False
    """Which packets were lost, one by one. We read such reports and send none."""

    @classmethod
    def parse(cls, value: str) -> Self:
        """The value of the attribute; what is not known, or no such thing, is passed over (RFC 3611, 5.1)."""
        round_trip, metrics, loss_runs = "", False, False
        summary: tuple[str, ...] = ()
        for word in value.split():
            name, _, parameters = word.partition("=")
            match name:
                case "rcvr-rtt":
                    mode = parameters.partition(":")[0]
                    round_trip = mode if mode in ("all", "sender") else round_trip
                case "voip-metrics":
                    metrics = True
                case "stat-summary":
                    summary = tuple(parameters.split(",")) if parameters else _SUMMARY
                case "pkt-loss-rle":
                    loss_runs = True
        return cls(round_trip, metrics, summary, loss_runs)

    def __str__(self) -> str:
        words = [f"rcvr-rtt={self.round_trip}"] if self.round_trip else []
        words += ["pkt-loss-rle"] if self.loss_runs else []
        words += [f"stat-summary={','.join(self.summary)}"] if self.summary else []
        words += ["voip-metrics"] if self.metrics else []
        return " ".join(words)

    def agreed(self, ours: ExtendedReports | None) -> tuple[str, ...]:
        """What we send to who asks this, having said `ours`, in the engine's words; nothing, having said nothing."""
        if ours is None:
            return ()
        return (
            *(("rcvr-rtt",) if self.round_trip and ours.round_trip else ()),
            *(part for part in _SUMMARY if part in self.summary),
            *(("voip-metrics",) if self.metrics else ()),
        )


OURS = ExtendedReports("all", metrics=True)
"""What we ask for."""


def answer_to(theirs: ExtendedReports | None) -> ExtendedReports | None:
    """What we say to who offers that: round trips only where both measure them (RFC 3611, 5.2)."""
    return None if theirs is None else OURS._replace(round_trip=theirs.round_trip)
