"""The documents that watchers get: right, complete, and well-formed whatever anybody calls himself."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.subscriptions.texts import ALICE, BOB, call_of
from voicecore.subscriptions.board import StateBoard
from voicecore.subscriptions.packages.dialog_info import DialogInfo
from voicecore.subscriptions.packages.message_summary import MessageSummary
from voicecore.subscriptions.packages.presence import PresenceInfo
from voicecore.subscriptions.packages.reg_info import RegInfo
from voicecore.subscriptions.resource import (
    Aor,
    Direction,
    Identity,
    ObservedContact,
    ObservedDialog,
    Phase,
    PickupKey,
    Resource,
    View,
)

DIALOGS = "{urn:ietf:params:xml:ns:dialog-info}"
PIDF = "{urn:ietf:params:xml:ns:pidf}"
RPID = "{urn:ietf:params:xml:ns:pidf:rpid}"

_allowed = st.characters(min_codepoint=0x20, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff")
_clean = st.text(_allowed, max_size=20)
_wild = st.text(st.characters(), max_size=20)


def _dialogs(text: st.SearchStrategy[str]) -> st.SearchStrategy[list[ObservedDialog]]:
    party = st.none() | st.builds(Identity, text, text)
    one = st.builds(
        ObservedDialog,
        text.filter(bool),
        st.sampled_from(Direction),
        st.sampled_from([phase for phase in Phase if phase is not Phase.TERMINATED]),
        party,
        party,
    )
    return st.lists(one, max_size=4, unique_by=lambda dialog: dialog.id)


def read(body: bytes | None) -> tuple[ElementTree.Element, list[ObservedDialog]]:
    """What a watcher finds in a document."""
    assert body is not None
    root = ElementTree.fromstring(body)
    assert root.tag == f"{DIALOGS}dialog-info"
    return root, [_read_dialog(one) for one in root]


def _read_dialog(element: ElementTree.Element) -> ObservedDialog:
    phase = Phase(element.findtext(f"{DIALOGS}state"))
    local, remote = _read_party(element, "local"), _read_party(element, "remote")
    return ObservedDialog(element.get("id", ""), Direction(element.get("direction")), phase, local, remote)


def _read_party(element: ElementTree.Element, tag: str) -> Identity | None:
    found = element.find(f"{DIALOGS}{tag}/{DIALOGS}identity")
    return None if found is None else Identity(found.text or "", found.get("display", ""))


def board_with(dialogs: list[ObservedDialog], of: Resource = BOB) -> StateBoard:
    board = StateBoard(lambda aor, now: now < 10)
    for dialog in dialogs:
        board.set_dialog(of.aor, dialog)
    return board


@given(_dialogs(_clean), _clean)
def test_a_full_document_says_what_is_and_reads_back(dialogs: list[ObservedDialog], entity: str) -> None:
    resource = Resource("bob", Aor(entity))
    info = DialogInfo(resource, View())
    root, found = read(info.write(board_with(dialogs, resource), 0.0, full=True))
    assert found == dialogs
    assert (root.get("state"), root.get("version"), root.get("entity")) == ("full", "0", entity)


@given(_dialogs(_wild))
def test_no_name_breaks_the_document(dialogs: list[ObservedDialog]) -> None:
    info = DialogInfo(BOB, View())
    _, found = read(info.write(board_with(dialogs), 0.0, full=True))
    assert [one.phase for one in found] == [one.phase for one in dialogs]


def test_line_breaks_in_a_name_are_kept() -> None:
    name = "a\r\nb\tc"
    dialog = replace(call_of(), local=Identity(name, name))
    _, (found,) = read(DialogInfo(BOB, View()).write(board_with([dialog]), 0.0, full=True))
    assert found.local == Identity(name, name)


@given(st.lists(_dialogs(st.sampled_from(["a", "b", "c"])), max_size=8))
def test_who_adds_up_partial_documents_knows_what_is(pictures: list[list[ObservedDialog]]) -> None:
    info = DialogInfo(BOB, View())
    known: dict[str, ObservedDialog] = {}
    version = -1
    for number, dialogs in enumerate(pictures):
        body = info.write(board_with(dialogs), 0.0, full=number == 0)
        if body is not None:
            root, found = read(body)
            assert int(root.get("version", "")) == version + 1
            version += 1
            known.update((one.id, one) for one in found)
            known = {id: one for id, one in known.items() if one.phase is not Phase.TERMINATED}
        assert known == {one.id: one for one in dialogs}


def test_the_remote_party_is_shown_to_whom_it_may_be() -> None:
    board = board_with([call_of()])
    hidden = DialogInfo(BOB, View(shows_remote=False)).write(board, 0.0, full=True) or b""
    assert b"secret" not in hidden
    assert BOB.aor.encode() in hidden
    assert b"secret" in (DialogInfo(BOB, View()).write(board, 0.0, full=True) or b"")


def test_a_hidden_change_is_no_news() -> None:
    info = DialogInfo(BOB, View(shows_remote=False))
    info.write(board_with([call_of()]), 0.0, full=True)
    moved = replace(call_of(), remote=Identity("sip:other@x.invalid"))
    assert info.write(board_with([moved]), 0.0, full=False) is None


def test_message_counts_are_told_once() -> None:
    board = StateBoard()
    summary = MessageSummary(ALICE)
    idle = b"Messages-Waiting: no\r\nMessage-Account: sip:alice@example.org\r\nVoice-Message: 0/0 (0/0)\r\n"
    assert summary.write(board, 0.0, full=False) == idle
    assert board.set_messages(ALICE.aor, 2, 8)
    assert summary.write(board, 0.0, full=False) == idle.replace(b": no", b": yes").replace(
        b"0/0 (", b"2/8 ("
    )
    assert not board.set_messages(ALICE.aor, 2, 8)
    assert summary.write(board, 0.0, full=False) is None
    assert summary.write(board, 0.0, full=True) is not None


def test_presence_is_open_while_registered_and_on_the_phone_while_talking() -> None:
    info = PresenceInfo(BOB)
    seen = []
    for now, phase in ((0, None), (1, Phase.EARLY), (2, Phase.CONFIRMED), (10, None)):
        body = info.write(board_with([call_of(phase=phase)] if phase else []), now, full=False)
        if body is not None:
            root = ElementTree.fromstring(body)
            assert root.get("entity") == BOB.aor
            is_talking = root.find(f".//{RPID}on-the-phone") is not None
            seen.append((root.findtext(f"{PIDF}tuple/{PIDF}status/{PIDF}basic"), is_talking))
    assert seen == [("open", False), ("open", True), ("closed", False)]


def test_a_key_to_pick_up_is_shown_to_whom_it_may_be_and_gone_when_it_rings_no_more() -> None:
    key = PickupKey("pickup-a", "b", "c")
    ringing = replace(call_of(phase=Phase.EARLY), pickup=key)
    allowed, others = DialogInfo(BOB, View(may_pick_up=True)), DialogInfo(BOB, View())
    board = board_with([ringing])
    assert b' call-id="pickup-a" local-tag="b" remote-tag="c" ' in (
        allowed.write(board, 0.0, full=True) or b""
    )
    assert b"call-id" not in (others.write(board, 0.0, full=True) or b"")
    answered = board_with([call_of()])
    assert b"call-id" not in (allowed.write(answered, 0.0, full=False) or b"")


REGISTERED = ObservedContact(
    "b1",
    "sip:bob@192.0.2.8:5062",
    0.5,
    "call",
    7,
    10.0,
    10.0,
    70.0,
    'Bob "B"',
    "<urn:uuid:1>",
    "sip:bob@x;gr=1",
)


def reg_board(*contacts: ObservedContact) -> StateBoard:
    return StateBoard(contacts=lambda aor, now: contacts)


def read_reg(body: bytes | None) -> tuple[str, str, list[tuple[str, str]]]:
    """State of document and registration, and of each contact its state and event."""
    assert body is not None
    root = ElementTree.fromstring(body)
    (registration,) = root
    assert registration.get("aor") == BOB.aor
    found = [(one.get("state", ""), one.get("event", "")) for one in registration]
    return root.get("state", ""), registration.get("state", ""), found


def test_where_an_account_is_registered_is_told_as_it_changes() -> None:
    info = RegInfo(BOB)
    assert read_reg(info.write(reg_board(), 0.0, full=True)) == ("full", "init", [])
    came = info.write(reg_board(REGISTERED), 20.0, full=False)
    assert read_reg(came) == ("partial", "active", [("active", "registered")])
    refreshed = replace(REGISTERED, refreshed=60.0, expires=120.0, cseq=8)
    assert info.write(reg_board(refreshed), 60.0, full=False) is None
    assert read_reg(info.write(reg_board(refreshed), 61.0, full=True))[2] == [("active", "refreshed")]
    board = reg_board()
    board.contact_gone(BOB.aor, "b1", "unregistered")
    gone = info.write(board, 62.0, full=False)
    assert read_reg(gone) == ("partial", "terminated", [("terminated", "unregistered")])
    assert info.write(board, 63.0, full=False) is None


def test_a_registered_contact_comes_with_all_that_is_known_of_it() -> None:
    body = RegInfo(BOB).write(reg_board(REGISTERED), 20.0, full=True) or b""
    space = {"r": "urn:ietf:params:xml:ns:reginfo", "gr": "urn:ietf:params:xml:ns:gruuinfo"}
    contact = ElementTree.fromstring(body).find("r:registration/r:contact", space)
    assert contact is not None
    assert contact.attrib == {
        "id": "b1",
        "state": "active",
        "event": "registered",
        "expires": "50",
        "duration-registered": "10",
        "q": "0.5",
        "callid": "call",
        "cseq": "7",
    }
    assert contact.findtext("r:uri", "", space) == "sip:bob@192.0.2.8:5062"
    assert contact.findtext("r:display-name", "", space) == 'Bob "B"'
    assert contact.findtext("r:unknown-param", "", space) == '"<urn:uuid:1>"'
    gruu = contact.find("gr:pub-gruu", space)
    assert gruu is not None
    assert gruu.get("uri") == "sip:bob@x;gr=1"


def test_a_contact_that_ran_out_expired() -> None:
    info = RegInfo(BOB)
    info.write(reg_board(REGISTERED), 20.0, full=True)
    assert read_reg(info.write(reg_board(), 71.0, full=False))[2] == [("terminated", "expired")]


@given(_wild, _wild)
def test_no_contact_breaks_the_document(uri: str, name: str) -> None:
    strange = replace(REGISTERED, uri=uri, display=name, instance=name, gruu=uri)
    assert read_reg(RegInfo(BOB).write(reg_board(strange), 0.0, full=True))[1] == "active"
