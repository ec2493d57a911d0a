"""The Rust crate `media/`, seen from Python. Written by hand, checked against the build by stubtest.

Every command returns at once: it is put into the bounded queue of the worker that owns the leg. What happens later
comes back as an event. Legs, playouts, recordings and sounds are named by the caller's own integers (0 to 2**63 - 1).
A command for a leg that is not open raises KeyError.
All times are nanoseconds of CLOCK_MONOTONIC, which is also `time.monotonic_ns()` and the event loop's clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, final

__all__ = [
    "ANNOUNCED",
    "CONSENT_LOST",
    "DIGITS_SENT",
    "DIGIT_ENDED",
    "DIGIT_STARTED",
    "DTLS_CLOSED",
    "LATCHED",
    "LEG_CLOSED",
    "LEG_CLOSED_REASON",
    "MEDIA_CONNECTED",
    "MEDIA_DISCONNECTED",
    "NEVER_CONNECTED",
    "ONE_WAY_AUDIO",
    "PLAYED",
    "PLAYOUT_FINISHED",
    "RECORDING_FAILED",
    "RECORDING_FINISHED",
    "RECORDING_GAP",
    "RECORDING_MARKED",
    "REPLACED",
    "RTP_TIMED_OUT",
    "SPEAKING",
    "SPEECH_ENDED",
    "SPEECH_STARTED",
    "STATISTICS",
    "STOPPED",
    "TONE_HEARD",
    "WRONG_FINGERPRINT",
    "Engine",
    "EngineLoad",
    "HeadReader",
    "LegStatistics",
    "PortsExhausted",
    "QueueFull",
    "__version__",
    "digit_tones",
    "find_digits",
    "find_progress_tones",
    "may_hold_secret",
    "shape_of",
    "write_message",
]

__version__: Final[str]

_Parameters = tuple[tuple[str, str | None], ...]
_Head = tuple[
    str | int, str | None, str | None, str | None, int | None, _Parameters | None,
    str, str, int | None, _Parameters, str | None, str | None, str, int, str,
    dict[str, tuple[str, ...]], int, int,
]  # fmt: skip

@final
class HeadReader:
    """Reads the heads of common SIP messages. `names`: the canonical spelling of each name that is known."""

    def __new__(cls, names: Mapping[str, str]) -> HeadReader: ...
    def read(self, message: bytes) -> _Head | None:
        """None: it is not common, and may be wrong. Else, in this order:

        of a request its method, and of its URI the scheme, user, host, port and parameters; of a response its status
        and reason, and None four times; of the top Via the transport, host, port and parameters; the tags of From and
        To; Call-ID; CSeq's number and method; the values of each header line by its canonical name; how many octets
        the head has; where the message ends.
        """

def may_hold_secret(message: bytes) -> bool:
    """False where `voicecore.trace.secrets.masked` would change nothing, which is not looked into further."""

def write_message(start: str, fields: Iterable[tuple[str, str]], body: bytes) -> bytes | None:
    """A SIP message with that start line and these header fields, but Content-Length, which is of `body`.

    None: there is a line break in one of them.
    """

def shape_of(body: bytes) -> tuple[str, str, tuple[int, ...]] | None:
    """What SDP says again in every call of a phone: the value of o=, all below it with 9 for each port, the ports.

    None: it is not in the common form, or holds lines of one call only; it may be wrong.
    """

def find_digits(samples: bytes) -> list[tuple[str, int]]:
    """The DTMF keys in 8 kHz mono 16-bit little-endian PCM, in order, each with its length in milliseconds.

    Raises ValueError for half a sample.
    """

def digit_tones(digits: str, *, duration_ms: int = 100, gap_ms: int = 100) -> bytes:
    """Those keys (0-9 * # A-D) as DTMF in PCM of the same form, silence after each. Raises ValueError for another."""

_TonePlan = tuple[list[tuple[str, list[float], list[int]]], list[str]]
"""The tones of a network to be watched for (name, Hz together, ms on and off in turn; one number alone: no pauses), and
the names of tones that are the same everywhere, both as `voicecore.media.call_progress.ProgressTone` has them."""

def find_progress_tones(samples: bytes, plan: _TonePlan) -> list[tuple[str, str, int, int]]:
    """The tones of the plan in PCM of that form: name, meaning, when it was known, and how long its last burst lasted,
    in ms. Raises ValueError for a tone that no network has, and for a ninth of a network."""

# Kinds of events: the first item of each tuple that `Engine.poll_events` returns. Then always: the leg, the time.
LATCHED: Final[int]
"""(LATCHED, leg, at_ns, address: str, port: int): the remote media address was learned and locked."""
DIGIT_STARTED: Final[int]
"""(DIGIT_STARTED, leg, at_ns, digit: str, in_band: bool): a telephone-event (RFC 4733) or a tone, once a press."""
DIGIT_ENDED: Final[int]
"""(DIGIT_ENDED, leg, at_ns, digit: str, duration_ms: int, in_band: bool): its end, assumed when it was lost."""
DIGITS_SENT: Final[int]
"""(DIGITS_SENT, leg, at_ns, request: int): every digit of one `send_digits` went out."""
PLAYOUT_FINISHED: Final[int]
"""(PLAYOUT_FINISHED, leg, at_ns, playout: int, reason: int, played_ms: int, starved_ms: int).

The reason is PLAYED, STOPPED, REPLACED or LEG_CLOSED_REASON. What was played is what went out: without pauses, and
without the silence, counted apart, of a stream that had begun and had nothing to play.
"""
RECORDING_FINISHED: Final[int]
"""(RECORDING_FINISHED, leg, at_ns, recording: int, duration_ms: int, lost_ms: int): the file is complete and closed."""
RECORDING_FAILED: Final[int]
"""(RECORDING_FAILED, leg, at_ns, recording: int, problem: str, kept_ms: int, lost_ms: int): the file could not be
written any more; so much of it is there and plays, of which what was lost is silence. The call goes on."""
SPEECH_STARTED: Final[int]
"""(SPEECH_STARTED, leg, at_ns): while `watch_speech` is on, the leg's level rose above the threshold."""
SPEECH_ENDED: Final[int]
"""(SPEECH_ENDED, leg, at_ns): the level stayed below it for the hang-over time."""
TONE_HEARD: Final[int]
"""(TONE_HEARD, leg, at_ns, tone: str, meaning: str, lasted_ms: int): one of `watch_tones`, once while it goes on. The
meaning is that of a special information tone, as `voicecore.media.call_progress.SpecialInformation` names it."""
RTP_TIMED_OUT: Final[int]
"""(RTP_TIMED_OUT, leg, at_ns, silent_ms: int): no valid RTP for the leg's time-out; sent once a silence."""
ONE_WAY_AUDIO: Final[int]
"""(ONE_WAY_AUDIO, leg, at_ns, silent_ms: int): it sends, and nothing but digital silence came; sent once a silence."""
STATISTICS: Final[int]
"""(STATISTICS, leg, at_ns, statistics: LegStatistics): answers `statistics`. Dropped first when the queue is full."""
LEG_CLOSED: Final[int]
"""(LEG_CLOSED, leg, at_ns, statistics: LegStatistics): the leg's last event; its ports are free again."""
# Of a conference: its number stands in place of the leg's.
RECORDING_MARKED: Final[int]
"""(RECORDING_MARKED, leg, at_ns, recording: int, mark: int, position_ms: int): where a mark came to be."""
RECORDING_GAP: Final[int]
"""(RECORDING_GAP, leg, at_ns, recording: int, position_ms: int, lost_ms: int): audio that the disk was too slow for."""
SPEAKING: Final[int]
"""(SPEAKING, conference, at_ns, speakers: list[tuple[int, float]]): the loudest four legs of the last 200 ms, loudest
first, and the level of each in dB of full scale; empty when all fell silent. Told when they are others, at most five
times a second, and once a second while they stay. Dropped first, like STATISTICS."""
ANNOUNCED: Final[int]
"""(ANNOUNCED, conference, at_ns, playout: int, reason: int, played_ms: int): the end of an `announce`; the reason is
PLAYED, REPLACED, or STOPPED when the last member left."""
MEDIA_CONNECTED: Final[int]
"""(MEDIA_CONNECTED, leg, at_ns, address: str, port: int): ICE and DTLS of a browser leg are done,
or another path; of another leg DTLS, again after another handshake."""
MEDIA_DISCONNECTED: Final[int]
"""(MEDIA_DISCONNECTED, leg, at_ns, why: int): nothing is sent any more; the leg stays, and MEDIA_CONNECTED may follow.

The reason is CONSENT_LOST, NEVER_CONNECTED, WRONG_FINGERPRINT or DTLS_CLOSED.
"""

CONSENT_LOST: Final[int]
"""Of a browser leg: no check of ICE for 30 s (RFC 7675). One that comes later brings the leg back."""
NEVER_CONNECTED: Final[int]
"""ICE or DTLS took more than 30 s."""
WRONG_FINGERPRINT: Final[int]
"""The peer's certificate is not the one that was agreed."""
DTLS_CLOSED: Final[int]
"""The peer closed DTLS, or agreed to no SRTP profile of ours."""

PLAYED: Final[int]
STOPPED: Final[int]
REPLACED: Final[int]
LEG_CLOSED_REASON: Final[int]

@final
class PortsExhausted(Exception):
    """Every port pair of the engine's range is in use."""

@final
class QueueFull(Exception):
    """The worker's command queue is full: the engine is overloaded and the command was not taken."""

@final
class LegStatistics:
    """What went over one leg. Counts are packets, times milliseconds."""

    packets_sent: int
    octets_sent: int
    packets_received: int
    octets_received: int
    packets_lost: int
    """Of the peer's, by RFC 3550 A.3; never negative here."""
    packets_discarded: int
    """Arrived too late, twice, from a wrong source, or malformed."""
    packets_unauthenticated: int
    """Of an SRTP leg, RTP and RTCP: without the right tag, so from anybody."""
    packets_replayed: int
    """Authentic, but seen before, too old to tell, or of one source too many."""
    packets_relayed: int
    """Of those sent, the ones of a bridge's other leg that went on as they came, past jitter buffer and codec."""
    is_relayed: bool
    """Whether they go on so now, both ways."""
    concealed_ms: int
    """Audio made up because none was there."""
    jitter_ms: float
    """Interarrival jitter, RFC 3550 section 6.4.1, of what we received."""
    max_gap_ms: float
    """The longest time between two packets that we received."""
    max_send_gap_ms: float
    """The longest time between two packets that we sent."""
    round_trip_ms: float | None
    """From RTCP (RFC 3550 section 6.4.1), when the peer reports."""
    remote_loss: float | None
    """The share of our packets that the peer says it lost: 0 to 1."""
    remote_jitter_ms: float | None
    mos: float | None
    """Listening quality by the E-model (ITU-T G.107), 1 to 4.5; None before the first packet."""
    remote_mos: float | None
    """What the peer says of how it hears us (RFC 3611, 4.7), if it does: listening quality, 1 to 5."""
    remote_r_factor: float | None
    """The rating of the E-model there, 0 to 120."""
    remote_burst_loss: float | None
    """The share of our packets that it lost or discarded within bursts, 0 to 1."""
    remote_gap_loss: float | None
    """The same between them."""
    remote_delay_ms: float | None
    """What its jitter buffer and codec add."""

@final
class EngineLoad:
    """How the engine is doing. Durations in milliseconds, over the time since the last call of `load`."""

    legs: int
    workers: int
    ticks: int
    tick_late_p99_ms: float
    tick_late_max_ms: float
    events_dropped: int
    ports_free: int

@final
class Engine:
    """Worker threads that move RTP. One an application; `close` joins the threads."""

    def __new__(
        cls,
        *,
        address: str,
        other_address: str | None = None,
        first_port: int,
        last_port: int,
        browser_port: int = 0,
        workers: int = 0,
        event_capacity: int = 65536,
        recording_key: tuple[str, bytes] | None = None,
        full: float = 0.5,
    ) -> Engine:
        """`workers` 0 is one a core; the next gets its first leg when those before it are at work for `full` of their
        time, so 0 spreads legs evenly. `browser_port` is that of all browser legs; 0 is the first free one of the
        range, taken with the first such leg. With `recording_key`, an id of 1 to 16 octets and 32 octets, recordings
        are sealed.

        Raises ValueError for a bad address, range or key, OSError for a browser port in use or if a thread cannot
        start.
        """
    def event_fd(self) -> int:
        """A descriptor that is readable while events wait. Owned by the engine: do not close it."""
    def poll_events(self, limit: int = 1024) -> list[tuple[object, ...]]:
        """The oldest events, at most `limit`, and clears the descriptor when none is left."""
    def load(self) -> EngineLoad: ...
    def pressure(self) -> tuple[list[tuple[int, int, int]], int]:
        """Of each worker since the start: nanoseconds of CPU, ticks, and ticks that began more than 5 ms late. And the
        port pairs that are free now. Who asks takes nothing away."""
    def taken(self) -> list[float]:
        """Of each worker's time, 0 to 1: what was measured of late, and what legs are expected to take that were opened
        or agreed since. It may be more than 1."""
    def fingerprint(self) -> str:
        """Of our certificate in DTLS, "sha-256 AB:CD:...". It is made anew for each engine."""
    def close(self) -> None:
        """Closes every leg and recording, then joins the threads. Later commands raise RuntimeError, events that wait
        can still be polled. A second call does nothing."""

    # -- legs ------------------------------------------------------------------------------------------------------
    def open_leg(self, leg: int, *, near: int | None = None, address: str | None = None) -> int:
        """Binds an even/odd RTP and RTCP port pair and returns the RTP port. `near` puts it on that leg's worker.

        `address` is one of the engine's, or else the first. Nothing is sent before `configure_leg`. Raises
        PortsExhausted, ValueError for a name in use, OSError for another address.
        """
    def move_leg(self, leg: int, address: str) -> int:
        """Binds another pair, at one of the engine's addresses, in place of the leg's, and returns the RTP port.

        What comes to the old pair is lost from now on. Raises PortsExhausted, OSError for another address, ValueError
        for a browser leg, KeyError for an unknown one.
        """
    def open_browser_leg(self, leg: int, *, near: int | None = None) -> tuple[int, str, str, str]:
        """A leg over ICE-lite (RFC 8445) and DTLS-SRTP (RFC 5764) with rtcp-mux, on the one port of all browsers.

        Returns our port, ufrag, password and fingerprint ("sha-256 AB:CD:..."). Checks are answered at once, nothing
        else before `configure_leg`. Raises PortsExhausted when 2048 are open, ValueError for a name in use.
        """
    def restart_ice(self, leg: int) -> tuple[int, str, str, str]:
        """Another ufrag and password for a browser leg, as `open_browser_leg` returns them. The old ones hold until the
        peer nominated a path under the new. Raises ValueError for a leg of another kind.
        """
    def configure_leg(
        self,
        leg: int,
        *,
        remote_address: str,
        remote_port: int,
        remote_rtcp_port: int,
        codec: str,
        payload_type: int,
        packet_time_ms: int,
        receive_codecs: Sequence[tuple[int, str]],
        telephone_event: int | None,
        sending: bool = True,
        receiving: bool = True,
        cname: str = "",
        rtp_timeout_ms: int = 0,
        digit_way: str = "event",
        srtp: tuple[str, bytes, bytes, bytes] | None = None,
        dtls: tuple[str, str, bool] | None = None,
        rtcp_mux: bool = False,
        browser: tuple[str, str, bool] | None = None,
        event_clocks: Sequence[tuple[int, int]] | None = None,
        opus: tuple[int, int, bool, bool, int] | None = None,
        one_way_ms: int = 0,
        extended_reports: Sequence[str] | None = None,
        comfort_noise: bool = False,
        opus_rate: int = 16000,
        opus_limit: int | None = None,
    ) -> None:
        """What offer and answer agreed; again after a re-INVITE. `codec` (PCMU, PCMA, G722, opus, L16/8000 or
        L16/16000) and `payload_type` are ours to send, `receive_codecs` (payload type, codec) the peer's.
        `packet_time_ms` is 10 to 60 in tens, of Opus not 30 or 50, of L16/16000 at most 40. A changed remote address
        opens a new latch window. A `rtp_timeout_ms` of 0 is never, and so is a `one_way_ms` of 0, how long it may send
        and hear digital silence.

        `telephone_event` is the payload type of the events that are sent, or None, and `event_clocks` are all that are
        understood, with their clock rates: without it the one, at 8000. `opus` says how that is sent: bits a second,
        complexity 0 to 10, whether with FEC, whether with DTX, and the sample rate that the peer plays; `opus_limit` is
        what the peer wants to get at most, bits a second, where it said so. A leg that
        sends Opus hears and is heard at `opus_rate`: 8000, 12000, 16000, 24000 or 48000; packets longer than 20 ms make
        it 16000 at most. Raises ValueError for another.

        Telephone-events are understood where they were agreed. A `digit_way` of "event" looks for nothing else,
        "in-band" and "both" find tones too; a key that comes both ways is one press, told as it came first. Digits are
        sent as events, or as tones with "in-band" and where no events were agreed.

        `srtp` is the suite as RFC 4568 names it, our key with its salt, the peer's, and the MKI of its packets, empty
        for none. A key that was there before goes on where it was; packets under the peer's key before are taken for
        five seconds more. Raises ValueError for an unknown suite or a key of another length.

        `dtls` is for a leg of `open_leg` whose keys come from a handshake at the remote address: the peer's fingerprint
        (sha-256, sha-384 or sha-512), its tls-id or "", and whether we begin. Until the handshake proved it
        nothing is sent, and what comes is dropped and counted; `srtp` is ignored. While all three stay, so do the keys;
        after another one the handshake begins anew. `rtcp_mux`: RTCP comes and goes at the RTP port; without it a
        handshake of its own makes the keys of RTCP. Raises ValueError for an unknown fingerprint.

        `browser` is for a leg of `open_browser_leg` and no other: the peer's ufrag, its fingerprint (sha-256, sha-384
        or sha-512), and whether we begin the DTLS handshake. ICE finds the address, so the remote ones are ignored, and
        so is `srtp`. Nothing is sent or heard before the handshake has proved the fingerprint. Another ufrag is an ICE
        restart; another fingerprint or role is another browser, for which ICE and DTLS begin anew. Raises ValueError
        for an unknown fingerprint.

        `extended_reports` are the blocks of RFC 3611 that go with our reports, as `a=rtcp-xr` names them: rcvr-rtt,
        voip-metrics, and of a summary loss, dup and jitt. With any, those of the peer are read.

        With `comfort_noise` G729 describes silence as annex B has it. Of another codec whose
        clock is 8000, audio that was silence for 200 ms is not sent: in its place go packets of payload type 13
        (RFC 3389), one at each change of the noise and 400 ms after the last; prompts go out whole.

        From now on the leg sends one packet every `packet_time_ms` without a break: a playout, what it hears, silence.
        """
    def hear(self, leg: int, sources: Sequence[int], gains_db: Sequence[float] | None = None) -> None:
        """What the leg's peer hears while no playout runs: the sum of these legs' audio, each with its gain (20 dB at
        most, -72 is silence), and of its conference; its own number is an echo.

        A leg of the same conference is heard with this gain in place of the conference's. Replaces what was set
        before; empty is silence, but for the conference. Sources that are not open, or close later, are forgotten.
        Legs that hear each other are moved to one worker. Raises ValueError for gains that are not one a source.
        """
    def open_conference(self, conference: int) -> None:
        """Makes a conference without members. Raises QueueFull for the engine's 1025th."""
    def close_conference(self, conference: int) -> None:
        """Ends it; who is in it leaves it."""
    def join(
        self, leg: int, conference: int, *, muted: bool = False, deaf: bool = False, gain_db: float = 0.0
    ) -> None:
        """From now on the leg hears all others of the conference and they hear it, as loud as `gain_db` says.

        Again for other settings; into another conference it leaves the one before. Members, and all that they hear,
        are moved to one worker. A member who says nothing above -55 dB of full scale for 0.4 s is not mixed. Raises
        KeyError for a conference that is not open.
        """
    def leave(self, leg: int) -> None:
        """Out of its conference, if it is in one."""
    def announce(self, conference: int, playout: int, sounds: Sequence[int], *, repeat: bool = False) -> None:
        """All members hear it over each other, in place of what is announced now; nothing ends that. ANNOUNCED tells
        its end. Raises ValueError when nobody is in the conference.
        """
    def close_leg(self, leg: int) -> None:
        """Sends RTCP BYE, ends its playouts and recordings, frees the ports; LEG_CLOSED follows."""
    def statistics(self, leg: int) -> None:
        """Asks for a STATISTICS event."""

    # -- players -----------------------------------------------------------------------------------------------------
    def load_sound(self, sound: int, samples: bytes, *, rate: int = 8000) -> int:
        """Takes mono 16-bit little-endian PCM of 8000, 16000, 24000 or 48000 a second, returns its length in ms.

        It is encoded once per codec; above 8 kHz the samples are kept as well (of 24 kHz those of 48, and from 24 kHz
        on those of 16), and legs of lower rates get what was brought down once. A sound of that number is replaced;
        playouts that use the old one play on. Raises ValueError for half a sample and another rate.
        """
    def unload_sound(self, sound: int) -> None:
        """Forgets a sound; playouts that still use it play on. Raises KeyError for an unknown one."""
    def play(
        self,
        leg: int,
        playout: int,
        sounds: Sequence[int],
        *,
        repeat: bool = False,
        in_step: bool = False,
        over: bool = False,
        start: tuple[int, float] = ...,
    ) -> None:
        """Plays sounds and streams without a gap, in place of what the leg hears, or mixed `over` it and over what is
        played in its place. Of each kind there is one; one that runs is REPLACED.

        `repeat` starts over for ever; with `in_step` it begins where the media clock says, so that all listeners of
        one tune are at one place. `start` is a place in milliseconds, as `seek` takes it, and dB, as `volume` does;
        (0, 0.0) where it is left out: no packet is of another place or louder. Raises KeyError for an unknown sound,
        ValueError for a stream that was played already or is to be repeated.
        """
    def pause(self, leg: int, playout: int, on: bool) -> None:
        """Silence in place of that playout, or on with it from where it was. One that is over is ignored, here and
        below.
        """
    def seek(self, leg: int, playout: int, to_ms: int) -> None:
        """Goes on at that place, from the beginning of its first sound; behind its end it is over, or comes round when
        it repeats. A playout with a stream has no places and stays where it is.
        """
    def volume(self, leg: int, playout: int, decibels: float) -> None:
        """Plays it louder or softer from now on, up to 20 dB; -72 is silence."""
    def open_stream(self, stream: int, *, rate: int = 8000, room_ms: int = 2000) -> None:
        """Makes a stream of 8000, 16000, 24000 or 48000 Hz that `play` takes as a sound, once.

        Streams and sounds share numbers. It holds at most `room_ms` (20 to 60,000) that were not played yet. Raises
        QueueFull for the engine's 4097th.
        """
    def push(self, stream: int, samples: bytes) -> int:
        """Appends 16-bit mono little-endian samples and returns how many found room, from the first on.

        A stream whose playout is over takes all and forgets them. Raises KeyError when it is not open.
        """
    def end_stream(self, stream: int) -> None:
        """Nothing more comes: the playout goes on behind it, or ends, once all of it was played."""
    def stop(self, leg: int, playout: int) -> None:
        """Ends that playout with the next packet; one that is over is ignored."""
    def send_digits(
        self, leg: int, request: int, digits: str, *, duration_ms: int = 100, gap_ms: int = 100
    ) -> None:
        """Sends digits (0-9 * # A-D; `w` pauses 500 ms) in place of audio: tones, or events with three ends each.

        Raises ValueError for another character, QueueFull when 16 requests wait.
        """
    def relay_digits(self, from_leg: int, to_leg: int, on: bool) -> None:
        """While on, what is pressed on the first leg is sent on the second as `digit_way` of that one says, from the
        beginning of the press to its end; where tones become events, the second hears silence in their place.

        It works while one hears the other. From tone to tone the audio itself is the relay. Raises ValueError for a
        fifth first leg of one second leg.
        """
    def watch_speech(
        self, leg: int, on: bool, *, threshold_db: float = -38.0, hang_over_ms: int = 500
    ) -> None:
        """Turns SPEECH_STARTED and SPEECH_ENDED on or off; `threshold_db` is relative to full scale."""

    def automatic_gain(self, leg: int, on: bool) -> None:
        """While on, others hear the leg's peer, and recordings and taps have it, at -20 dB of full scale while it
        speaks: up to 15 dB louder or softer, followed slowly and in speech alone, and never cut off at the top."""
    def watch_tones(self, leg: int, plan: _TonePlan | None) -> None:
        """TONE_HEARD tells these tones from now on; None: no tones. Raises ValueError as `find_progress_tones`."""

    # -- audio to and from the application -----------------------------------------------------------------------------
    def tap(self, leg: int, tap: int, *, to_peer: bool = False, rate: int = 8000, batch_ms: int = 60) -> None:
        """Hands out what the peer says, after the jitter buffer, or what it hears, in batches of 10 to 1000 ms.

        `rate` is 8000, 16000, 24000 or 48000, whatever the codec. `event_fd` is readable when a batch is there.
        Who does not take them loses the oldest after 2.56 s. Raises ValueError for a fifth tap of one leg at
        once, QueueFull for the engine's 4097th.
        """
    def untap(self, leg: int, tap: int) -> None:
        """Ends the tap; what was not taken is forgotten. One that is over is ignored."""
    def poll_tap(self) -> tuple[int, list[tuple[int, int, bytes]]] | None:
        """A tap and its batches, or None when no tap has any: ask after `poll_events`, until there is none.

        Each batch is (time of its first sample in ns of the media clock, ms lost before it, 16-bit mono samples in
        the machine's byte order). Every batch is `batch_ms` long but one before a loss, which is shorter.
        """

    # -- recorders ---------------------------------------------------------------------------------------------------
    def record(
        self,
        leg: int,
        recording: int,
        path: str,
        *,
        layout: str = "stereo",
        format: str = "wav",
        highest_rate: int = 16000,
        since_ns: int | None = None,
    ) -> None:
        """Writes sound at the leg's sample rate of now, at most `highest_rate`, 8000, 16000 or 48000: when it gets
        another, what comes is brought to that of the file. `format` "wav" is 16 bits, "opus" Ogg Opus. `layout`:
        "stereo" has left what the peer says and right what it hears, "mixed" has both in one, "party" what the peer
        says only. `since_ns`: the media clock at which the file begins, with silence up to the first audio, so that
        files of several legs lie along one clock.

        The file is created at once by the writer thread; its header is kept true at least once a second, so that it
        plays up to the last second after a kill. Starts at the next packet time. Raises ValueError for a fifth
        recording of one leg at once, and for another rate.
        """
    def hush_recording(self, leg: int, recording: int, on: bool, mark: int) -> None:
        """Silence in place of sound, of the same length, or sound again.

        RECORDING_MARKED tells where with the number `mark`: at once when it begins; when it ends, after the last key
        that anybody heard there has sounded, as it comes out of the jitter buffer.
        """
    def mark_recording(self, leg: int, recording: int, mark: int) -> None:
        """RECORDING_MARKED tells the place with the number `mark`; nothing comes of a recording that is over."""
    def stop_recording(self, leg: int, recording: int) -> None:
        """Ends the recording; RECORDING_FINISHED follows when the file is complete."""
