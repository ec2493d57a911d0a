"""What a configuration means for who may call."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicecore.app.media_policy import securities_of
from voicecore.app.site import guard_of
from voicecore.calls.agreed import MediaSecurity
from voicecore.calls.party import Party, PartyKind
from voicecore.config.reader import load
from voicecore.guard.numbers import Patterns
from voicecore.sdp.crypto import KeyWay, Srtp
from voicecore.sdp.extended_reports import RtcpXr
from voicecore.sdp.negotiation import RtcpMux

NUMBER = '[[number]]\nmatch = "1000"\nflow = "ivr_apps.main_menu:main"\n'
ACCOUNT = '[[account]]\nname = "alice"\npassword = "secret"\n'
TRUNK = '[[trunk]]\nname = "carrier"\nservers = ["sip:192.0.2.1"]\n'


@pytest.mark.parametrize(
    ("text", "is_public"),
    [
        (NUMBER, True),
        (NUMBER + ACCOUNT, False),
        (NUMBER + TRUNK, False),
        ('[guard]\npublic = ["2000"]\n' + NUMBER, False),
        ('[guard]\npublic = ["1000"]\n' + NUMBER + ACCOUNT + TRUNK, True),
    ],
)
def test_numbers_are_for_everybody_only_where_nobody_could_prove_anything(
    tmp_path: Path, text: str, is_public: bool
) -> None:
    file = tmp_path / "voicecore.toml"
    file.write_text(text)
    assert Patterns(guard_of(load(file)).public).match("1000") is is_public


def test_who_has_no_settings_of_media_has_those_of_the_site(tmp_path: Path) -> None:
    file = tmp_path / "voicecore.toml"
    file.write_text(
        f"""[media]\nsrtp = "offer"\nsrtp_needs_tls = true\n
{NUMBER}
{ACCOUNT}srtp_keys = ["dtls"]\n
{ACCOUNT.replace("alice", "bob")}
{TRUNK}srtp = "require"\nrtcp_mux = "offer"\nrtcp_xr = "off"\nsilence_suppression = true\n"""
    )
    assert securities_of(load(file)) == {
        Party(PartyKind.ACCOUNT, "alice"): MediaSecurity(Srtp.OFFER, True, (KeyWay.DTLS,)),
        Party(PartyKind.TRUNK, "carrier"): MediaSecurity(
            Srtp.REQUIRE, True, (KeyWay.SDES, KeyWay.DTLS), RtcpMux.OFFER, RtcpXr.OFF, True
        ),
    }
