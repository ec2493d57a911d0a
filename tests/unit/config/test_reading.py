from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.config.reader import load
from voicecore.config.reading import settings_of
from voicecore.config.settings import (
    Endpoint,
    Listen,
    MetricsSettings,
    NumberSettings,
    Settings,
    TraceSettings,
)
from voicecore.config.source import Source
from voicecore.errors import ConfigError, ConfigFault
from voicecore.media import g729
from voicecore.sdp.codecs import G722, G729, L16_WIDE, OPUS
from voicecore.sdp.crypto import KeyWay, Srtp
from voicecore.sdp.extended_reports import RtcpXr
from voicecore.sdp.negotiation import RtcpMux
from voicecore.sdp.opus import OpusPolicy
from voicecore.transport.connection_limits import ConnectionLimits
from voicecore.transport.tls import TlsSettings


def parse(text: str) -> Settings:
    return settings_of(Source.parse(text, "a.toml"))


def outcome(reading: Callable[[], Settings]) -> Settings | tuple[ConfigFault, ...]:
    try:
        return reading()
    except ConfigError as error:
        return error.faults


def faults(text: str) -> tuple[ConfigFault, ...]:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return caught.value.faults


def test_the_built_in_file_has_the_numbers_that_the_documents_name() -> None:
    numbers = {number.match: number for number in load(None).numbers}
    assert {match: number.flow.partition(":")[2] for match, number in numbers.items()} == {
        "1000": "main",
        "9000": "answer_and_hang_up",
        "9001": "echo",
        "9002": "music",
        "9003": "read_back_digits",
        "9004": "tone",
        "9200": "bridge",
    }
    assert numbers["9200"].args == {"target": "sip:peer@127.0.0.1:5070"}


def test_an_empty_file_means_what_the_built_in_one_says_but_for_the_numbers() -> None:
    built_in, empty = load(None), parse("")
    assert empty.numbers == ()
    assert empty.sip == built_in.sip
    assert empty.http.api is None  # the page is there where it is asked for
    assert (empty.media, empty.store, empty.recordings) == (
        built_in.media,
        built_in.store,
        built_in.recordings,
    )
    assert (empty.trace, empty.metrics) == (built_in.trace, built_in.metrics)
    assert (empty.music, empty.prompts, empty.speech, empty.log) == (
        built_in.music,
        built_in.prompts,
        built_in.speech,
        built_in.log,
    )


def test_every_setting_is_read() -> None:
    settings = parse("""
        sip = { listen = ["udp://[::1]:5080"], identity = "sip:us@example.org" }
        media.address = "::1"
        media.ports = [4000, 4001]
        media.workers = 3
        media.rtp_timeout_s = 30
        media.max_legs = 500
        media.max_load = 0.5
        media.one_way_s = 5
        media.country = "CN"
        media.comfort_noise = true
        media.srtp = "require"
        media.srtp_needs_tls = true
        media.srtp_keys = ["dtls", "sdes"]
        media.rtcp_mux = "offer"
        media.rtcp_xr = "off"
        media.silence_suppression = true
        media.automatic_gain = true
        media.browser_port = 30000
        media.browser_addresses = ["203.0.113.5", "2001:db8::5"]
        media.browser_patience_s = 20
        media.codecs = ["G722", "l16/16000"]
        media.browser_codecs = ["opus"]
        media.one_codec = false
        media.opus = { bit_rate = 20000, complexity = 9, fec = false, dtx = true, sample_rate = 48000 }
        store.url = "sqlite:////srv/calls.db"
        recordings.directory = "r"
        music.directory = "m"
        prompts = { directory = "p", cache = "c", language = "zh-TW" }
        speech = { synthesisers = ["espeak-ng"], piper_python = "other/bin/python" }
        log.level = "debug"
        trace = { hep = "udp://[::1]:9060", hep_capture_id = 7, hep_auth_key = "k" }
        metrics.listen = "127.0.0.1:9099"
        [[number]]
        match = "2XX."
        flow = "a.b:c"
        args = { n = 1, s = "x", f = 0.5, b = true }
        language = "zh"
    """)
    assert settings.sip.listen == (Listen("udp", "::1", 5080),)
    assert str(settings.sip.listen[0]) == "udp://[::1]:5080"
    assert settings.sip.identity == "sip:us@example.org"
    assert (settings.media.addresses, settings.media.first_port, settings.media.last_port) == (
        ("::1",),
        4000,
        4001,
    )
    assert (settings.media.workers, settings.media.rtp_timeout_s) == (3, 30.0)
    assert (settings.media.one_way_s, settings.media.country) == (5.0, "CN")
    assert settings.media.comfort_noise
    assert (settings.media.srtp, settings.media.srtp_needs_tls) == (Srtp.REQUIRE, True)
    assert (settings.media.max_legs, settings.media.max_load) == (500, 0.5)
    assert (settings.media.srtp_keys, settings.media.rtcp_mux) == ((KeyWay.DTLS, KeyWay.SDES), RtcpMux.OFFER)
    assert settings.media.rtcp_xr is RtcpXr.OFF
    assert settings.media.silence_suppression
    assert settings.media.automatic_gain
    assert settings.media.browser_port == 30000
    assert settings.media.browser_addresses == ("203.0.113.5", "2001:db8::5")
    assert settings.media.browser_patience_s == 20
    assert not settings.media.one_codec
    assert (settings.media.codecs, settings.media.browser_codecs) == ((G722, L16_WIDE), (OPUS,))
    assert settings.media.opus == OpusPolicy(20_000, 9, fec=False, dtx=True, sample_rate=48_000)
    assert settings.store.url == "sqlite:////srv/calls.db"
    assert (settings.recordings.directory, settings.music.directory) == (Path("r"), Path("m"))
    assert (settings.prompts.directory, settings.prompts.cache) == (Path("p"), Path("c"))
    assert (settings.prompts.language, settings.speech.synthesisers) == ("zh-TW", ("espeak-ng",))
    assert settings.speech.piper_python == Path("other/bin/python")
    assert settings.log.level == "debug"
    assert settings.trace == TraceSettings(Endpoint("::1", 9060), 7, "k")
    assert settings.metrics == MetricsSettings(Endpoint("127.0.0.1", 9099))
    assert str(settings.trace.hep) == "[::1]:9060"
    assert parse('[trace]\nhep = "tcp://[::1]:9060"').trace == TraceSettings(
        Endpoint("::1", 9060), hep_over_tcp=True
    )
    assert settings.numbers == (
        NumberSettings("2XX.", "a.b:c", {"n": 1, "s": "x", "f": 0.5, "b": True}, "zh"),
    )


@pytest.mark.parametrize(
    ("text", "key", "says"),
    [
        ("[sipp]", "sipp", "Did you mean sip?"),
        ("[media]\nworker = 1", "media.worker", "Did you mean workers?"),
        ('[media]\ncodecs = ["GSM"]', "media.codecs", "We have PCMU"),
        ("[media]\ncodecs = []", "media.codecs", "names none"),
        ("[media.opus]\nbit_rate = 5000", "media.opus.bit_rate", "6000"),
        ("[media.opus]\nsample_rate = 44100", "media.opus.sample_rate", "44100"),
        ("sip = 3", "sip", "not a table"),
        ("number = 3", "number", "[[number]]"),
        ("number = [3]", "number", "[[number]]"),
        ('[sip]\nlisten = "udp://127.0.0.1:5060"', "sip.listen", "not a list"),
        ("[sip]\nlisten = []", "sip.listen", "no socket"),
        ("[sip]\nlisten = [5060]", "sip.listen", "not a text"),
        ('[sip]\nlisten = ["tls://127.0.0.1:5061"]', "tls.certificate", "tls://127.0.0.1:5061 needs one"),
        ('[sip]\nlisten = ["sctp://127.0.0.1:5060"]', "sip.listen", "none of udp://, tcp://"),
        ('[sip]\nlisten = ["127.0.0.1:5060"]', "sip.listen", "none of udp://, tcp://"),
        ('[sip]\nlisten = ["udp://localhost:5060"]', "sip.listen", "no IP address"),
        ('[sip]\nlisten = ["udp://127.0.0.1"]', "sip.listen", "no port"),
        ('[sip]\nlisten = ["udp://127.0.0.1:99999"]', "sip.listen", "range"),
        ('[sip]\nlisten = ["udp://[::1:5060"]', "sip.listen", "IPv6"),
        ('[sip]\nlisten = ["udp://127.0.0.1:5060/x"]', "sip.listen", "more than"),
        ('[sip]\nlisten = ["udp://127.0.0.1:5060", "udp://127.0.0.1:5060"]', "sip.listen", "twice"),
        ('[sip]\nidentity = "me"', "sip.identity", "no SIP URI"),
        ('[media]\naddress = "here"', "media.address", "no IP address"),
        ('[sip]\nlisten = ["udp://0.0.0.0:5060"]', "sip.listen", "peers must be told one"),
        ('[sip]\npublic_address = "a b"', "sip.public_address", "no IP address or host name"),
        ('[sip]\npublic_address = "0.0.0.0"', "sip.public_address", "every address"),
        ('[sip]\norigins = ["desk.example.org"]', "sip.origins", "no origin"),
        ("[sip.connections]\nidle_s = 0", "sip.connections.idle_s", "no connection would live"),
        ("[sip.connections]\nper_source = 0", "sip.connections.per_source", "whole number"),
        ("[sip.connections]\nmost = 1", "sip.connections.most", "not a known key"),
        ('[tls]\ncertificate = "c.pem"', "tls.certificate", "without key"),
        ('[tls]\nkey = "k.pem"', "tls.key", "without certificate"),
        ('[tls]\nclient_certificate = "maybe"', "tls.client_certificate", "none of none, optional"),
        ('[tls]\nclient_certificate = "required"', "tls.client_certificate", "no authority"),
        ('[tls]\nverify = "yes"', "tls.verify", "true or false"),
        ('[media]\naddress = "0.0.0.0"', "media.address", "no address that a phone"),
        ("[media]\nports = [20000]", "media.ports", "two port numbers"),
        ("[media]\nports = [true, false]", "media.ports", "two port numbers"),
        ("[media]\nports = [30000, 20000]", "media.ports", "upside down"),
        ("[media]\nports = [0, 20000]", "media.ports", "1 to 65535"),
        ("[media]\nports = [20000, 20000]", "media.ports", "no even port"),
        ("[media]\nports = [20001, 20002]", "media.ports", "no even port"),
        ("[media]\nworkers = -1", "media.workers", "number -1"),
        ("[media]\nworkers = true", "media.workers", "true"),
        ("[media]\nsrtp = 'always'", "media.srtp", "always"),
        ("[media]\nsrtp_keys = ['zrtp']", "media.srtp_keys", "zrtp"),
        ("[media]\nsrtp_keys = []", "media.srtp_keys", "none"),
        ("[media]\nrtcp_mux = true", "media.rtcp_mux", "true"),
        ('[media]\ncountry = "Utopia"', "media.country", "'Utopia' is no country"),
        ("[media]\nrtp_timeout_s = nan", "media.rtp_timeout_s", "number nan"),
        ("[media]\nbrowser_port = 70000", "media.browser_port", "number 70000"),
        ('[media]\nbrowser_addresses = ["desk.example.org"]', "media.browser_addresses", "no IP address"),
        ('[media]\nbrowser_addresses = ["0.0.0.0"]', "media.browser_addresses", "no IP address"),
        ("[media]\nbrowser_addresses = [1]", "media.browser_addresses", "no IP address"),
        ("[media]\nbrowser_patience_s = -1", "media.browser_patience_s", "number -1"),
        ('[store]\nurl = "postgresql://host/calls"', "store.url", "no SQLite file"),
        ("[recordings]\ndirectory = 7", "recordings.directory", "the number 7"),
        ('[prompts]\ncache = "\\u0000"', "prompts.cache", "NUL"),
        ('[prompts]\nlanguage = "English!"', "prompts.language", "language tag"),
        ('[speech]\nsynthesisers = ["pipper"]', "speech.synthesisers", "none of"),
        ('[speech]\nsynthesisers = ["piper", "piper"]', "speech.synthesisers", "twice"),
        ('[log]\nlevel = "inof"', "log.level", "Did you mean info?"),
        ('[trace]\nhep = "tls://127.0.0.1:9060"', "trace.hep", "no server of ours"),
        ('[trace]\nhep = "udp://homer.example.org:9060"', "trace.hep", "no server of ours"),
        ('[trace]\nhep = "udp://127.0.0.1:9060/x"', "trace.hep", "no server of ours"),
        ("[trace]\nhep_capture_id = -1", "trace.hep_capture_id", "number -1"),
        (f'[trace]\nhep_auth_key = "{"k" * 129}"', "trace.hep_auth_key", "longer than 128"),
        ('[metrics]\nlisten = "9099"', "metrics.listen", "no IP address with a port"),
        ('[metrics]\nlisten = "127.0.0.1:0"', "metrics.listen", "no IP address with a port"),
        ('[metrics]\nlisten = "127.0.0.1:99999"', "metrics.listen", "no IP address with a port"),
        ('[[number]]\nflow = "a:b"', "number[1].match", "missing"),
        ('[[number]]\nmatch = "1"', "number[1].flow", "missing"),
        ('[[number]]\nmatch = "1.2"\nflow = "a:b"', "number[1].match", "no number or pattern"),
        ('[[number]]\nmatch = 1000\nflow = "a:b"', "number[1].match", "the number 1000"),
        ('[[number]]\nmatch = "1"\nflow = "a.b"', "number[1].flow", "names no function"),
        ('[[number]]\nmatch = "1"\nflow = "a:b"\nargs = [1]', "number[1].args", "not a table"),
        ('[[number]]\nmatch = "1"\nflow = "a:b"\nargs = { x = [1] }', "number[1].args", "x is a list"),
    ],
)
def test_a_fault_names_its_key_and_what_is_wrong(text: str, key: str, says: str) -> None:
    assert [(fault.key, True) for fault in faults(text) if says in str(fault)] == [(key, True)]


NAMES_G729 = '[media]\naddress = "127.0.0.1"\ncodecs = ["PCMA", "G729"]'
TRUNK_OF_G729 = '[[trunk]]\nname = "c"\nservers = ["sip:c.example"]\ncodecs = ["G729"]'


@pytest.mark.parametrize(
    ("text", "key"),
    [(NAMES_G729, "media.codecs"), (TRUNK_OF_G729, "trunk[1].codecs")],
    ids=["media", "trunk"],
)
def test_g729_without_its_library_is_a_fault_that_says_what_to_install(
    text: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(g729, "is_installed", lambda: False)
    (fault,) = (fault for fault in faults(text) if fault.key == key)
    assert fault.line == text.count("\n", 0, text.index("codecs")) + 1
    assert "libbcg729" in fault.problem
    assert "apt-get install libbcg729-0" in fault.remedy


def test_g729_with_its_library_is_a_codec_like_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(g729, "is_installed", lambda: True)
    assert G729 in parse(NAMES_G729).media.codecs


def test_every_transport_and_its_settings_are_read() -> None:
    settings = parse("""
        [sip]
        listen = ["udp://0.0.0.0:5060", "tcp://[::]:5060", "tls://192.0.2.1:5061", "ws://192.0.2.1:80",
                  "wss://192.0.2.1:443"]
        public_address = "sip.example.org"
        origins = ["https://desk.example.org"]
        connections = { idle_s = 30, per_source = 7 }
        [tls]
        certificate = "c.pem"
        key = "k.pem"
        client_ca = "a.pem"
        client_certificate = "optional"
        ca = "b.pem"
        verify = false
    """)
    sip = settings.sip
    assert [one.transport for one in sip.listen] == ["udp", "tcp", "tls", "ws", "wss"]
    assert (sip.public_address, sip.origins) == ("sip.example.org", ("https://desk.example.org",))
    assert sip.connections == replace(ConnectionLimits(), idle_s=30, per_source=7)
    certificate, key = Path("c.pem"), Path("k.pem")
    assert settings.tls == TlsSettings(certificate, key, Path("a.pem"), "optional", Path("b.pem"), False)


def test_the_key_of_the_homer_server_is_not_shown() -> None:
    assert "hunter2" not in repr(parse('[trace]\nhep_auth_key = "hunter2"'))


def test_a_number_that_is_there_twice_is_named_at_its_second_line() -> None:
    one = '[[number]]\nmatch = "1"\nflow = "a:b"\n'
    (fault,) = faults(one + one)
    assert (fault.line, fault.key) == (5, "number[2].match")


def test_all_faults_are_told_in_the_order_of_the_file() -> None:
    found = faults('[media]\nworkers = -1\n[sip]\nlisten = []\n[log]\nlevel = "x"\n')
    assert [fault.line for fault in found] == [2, 4, 6]


def test_a_file_that_is_not_there_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "none.toml")


def test_a_file_that_is_no_text_is_a_config_error(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"a = '\xff'")
    with pytest.raises(ConfigError, match="UTF-8"):
        load(tmp_path / "a.toml")


_WORDS = """
    tls connections verify certificate
    sip media store recordings music prompts speech log number listen identity address ports workers url
    match flow args directory cache language synthesisers level
    trace metrics hep hep_auth_key [[number]] [sip] [media] = [a.b] . , [ ]
    { } 1 -1 nan 1e400 true "udp://[::1" "x:y" '' \"\"\" ''' # 1979-05-27 07:32:00
"""
_word = st.sampled_from(_WORDS.split()) | st.sampled_from(["\n", "\r"])
_tomlish = st.lists(_word, max_size=40).map(" ".join)


@given(st.text() | _tomlish)
def test_any_text_gives_settings_or_a_config_error_with_faults(text: str) -> None:
    found = outcome(lambda: parse(text))
    if not isinstance(found, Settings):
        assert found
        assert all(fault.line is None or 1 <= fault.line <= text.count("\n") + 1 for fault in found)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
_keys = ("connections", "idle_s", "origins", "public_address", "certificate", "client_certificate", "verify",
         "listen", "identity", "address", "ports", "workers", "rtp_timeout_s", "one_way_s", "country",
         "comfort_noise", "url", "directory", "cache",
         "srtp", "srtp_needs_tls", "srtp_keys", "rtcp_mux", "rtcp_xr",
         "silence_suppression", "automatic_gain", "max_legs", "max_load",
         "browser_port", "browser_addresses", "browser_patience_s",
         "language", "synthesisers", "http", "recognisers", "recogniser_processes", "vosk_models",
         "level", "match", "flow", "args", "hep", "hep_capture_id",
         "hep_auth_key")  # fmt: skip
_inner = st.dictionaries(st.sampled_from(_keys), _json, max_size=4)
_table = st.dictionaries(
    st.sampled_from(
        (
            "sip",
            "tls",
            "media",
            "store",
            "recordings",
            "music",
            "prompts",
            "speech",
            "log",
            "trace",
            "metrics",
            "number",
        )
    ),
    _inner | _json | st.lists(_inner, max_size=3),
    max_size=4,
)


@given(_table)
def test_any_values_give_settings_or_a_config_error(table: dict[str, object]) -> None:
    found = outcome(lambda: settings_of(Source("a.toml", table, {})))
    assert isinstance(found, Settings) or found


BOTH = '[media]\naddress = ["192.0.2.10", "2001:db8::10"]\n'


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("", ("127.0.0.1",)),
        ('[sip]\nlisten = ["udp://192.0.2.10:5060", "tcp://192.0.2.11:5060"]', ("192.0.2.10",)),
        (
            '[sip]\nlisten = ["udp://[2001:db8::10]:5060", "udp://192.0.2.10:5060"]',
            ("2001:db8::10", "192.0.2.10"),
        ),
        ('[sip]\npublic_address = "203.0.113.5"\nlisten = ["udp://0.0.0.0:5060"]', ("127.0.0.1",)),
        ('[media]\naddress = "192.0.2.10"', ("192.0.2.10",)),
        (BOTH, ("192.0.2.10", "2001:db8::10")),
    ],
)
def test_audio_is_where_sip_listens_or_where_it_is_named(text: str, addresses: tuple[str, ...]) -> None:
    assert parse(text).media.addresses == addresses


def test_a_public_address_stands_for_the_one_of_its_family() -> None:
    assert parse(BOTH + 'public_address = "203.0.113.5"').media.public_addresses == ("203.0.113.5",)


@pytest.mark.parametrize(
    ("text", "key", "problem"),
    [
        ('address = ["192.0.2.10", "192.0.2.11"]', "media.address", "second one of its family"),
        ('address = ["192.0.2.10", 7]', "media.address", "no IP address"),
        ("address = []", "media.address", "names nothing"),
        ("address = 7", "media.address", "no IP address"),
        ('address = "192.0.2.10"\npublic_address = "2001:db8::5"', "media.public_address", "leads nowhere"),
        ('public_address = "::"', "media.public_address", "no address that a phone"),
    ],
)
def test_wrong_addresses_of_audio_are_told_with_key_and_line(text: str, key: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(f"[media]\n{text}\n")
    (fault,) = caught.value.faults
    assert (fault.key, fault.line) == (key, 1 + len(text.split("\n")))
    assert problem in fault.problem
