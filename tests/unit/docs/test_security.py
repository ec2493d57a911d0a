"""The snippets of docs/security.md are read as settings, and do what the text beside them says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tests.unit.docs.blocks import blocks_of
from voicecore.config.reading import settings_of
from voicecore.config.settings import Settings
from voicecore.config.source import Source
from voicecore.guard.fraud import Allow, FraudGate, FraudPicture, OutboundRequest, Payer, PayerKind, Usage
from voicecore.guard.guard import Guard
from voicecore.guard.policy import Reaction
from voicecore.guard.policy import Source as Sender
from voicecore.guard.stir.settings import StirMode

ROOT = Path(__file__).resolve().parents[3]
SNIPPETS = [block.text for block in blocks_of(ROOT / "docs" / "security.md", ROOT) if block.tag == "toml"]
SALES, OTHER = Payer(PayerKind.ACCOUNT, "sales"), Payer(PayerKind.ACCOUNT, "alice")
FLOW = Payer(PayerKind.FLOW, "main_menu")


def snippet(table: str) -> Settings:
    [text] = [text for text in SNIPPETS if text.lstrip().startswith(f"[{table}]")]
    return settings_of(Source.parse(text, "docs/security.md"))


def is_allowed(payer: Payer, number: str, hour: int = 11) -> bool:
    wall = datetime(2026, 11, 23, hour, 0, tzinfo=UTC)
    gate = FraudGate(snippet("fraud").fraud)
    request = OutboundRequest(payer, "carrier", number, wall)
    return isinstance(gate.decide(FraudPicture(Usage(), Usage()), request), Allow)


def test_public_numbers_are_open_and_others_get_no_answer() -> None:
    guard = Guard(snippet("guard").guard)
    for number, reaction in (("1000", Reaction.ADMIT), ("0800", Reaction.ADMIT), ("2000", Reaction.DROP)):
        place = guard.place(number, within=False)
        assert guard.decide("INVITE", Sender.STRANGER, place) is reaction


def test_each_payer_calls_what_its_table_says() -> None:
    assert is_allowed(OTHER, "+4930123456")
    assert is_allowed(OTHER, "+43123456789")
    assert not is_allowed(OTHER, "+41446681800")
    assert is_allowed(SALES, "+41446681800")
    assert not is_allowed(FLOW, "+43123456789")
    assert is_allowed(FLOW, "+4930123456")
    assert not is_allowed(OTHER, "+491375123456")
    assert not is_allowed(OTHER, "+18765550123")


def test_at_night_only_emergency_calls_are_allowed() -> None:
    assert not is_allowed(OTHER, "+4930123456", hour=23)
    assert is_allowed(OTHER, "112", hour=23)


def test_identities_are_verified_and_signed() -> None:
    stir = snippet("stir").stir
    assert stir.mode is StirMode.VERIFY
    assert stir.signing is not None
