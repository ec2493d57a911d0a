"""TwiML documents become verbs, or an error with its line."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecore.ivr.twiml.element import MAX_SIZE, TwimlError
from voicecore.ivr.twiml.parser import MAX_REMARKS, parse_twiml
from voicecore.ivr.twiml.verbs import (
    Action,
    Dial,
    Document,
    Gather,
    Hangup,
    Method,
    Party,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    Verb,
)


def verbs(body: str) -> tuple[Verb, ...]:
    document = parse_twiml(f"<Response>{body}</Response>".encode())
    assert document.remarks == ()
    return document.verbs


@pytest.mark.parametrize(
    ("body", "verb"),
    [
        ("<Say>Hello &amp; good\n  day</Say>", Say("Hello & good day")),
        ('<Say language="en-GB" loop="3">Hello</Say>', Say("Hello", "en-GB", 3)),
        ('<Say language="cmn-Hans-CN">你好</Say>', Say("你好", "zh")),
        ("<Say><![CDATA[1 < 2]]></Say>", Say("1 < 2")),
        ("<Play>/a.wav</Play>", Play("/a.wav")),
        ('<Play digits="1w2#"/>', Play("", 1, "1w2#")),
        ("<Pause/>", Pause(1)),
        ('<Pause length="5"/>', Pause(5)),
        ("<Gather/>", Gather((), Action())),
        (
            """<Gather action="/a" method="get" timeout="9" finishOnKey="" numDigits="4" actionOnEmptyResult="true">
            <Say>One</Say><Pause/><Play>b.wav</Play></Gather>""",
            Gather((Say("One"), Pause(1), Play("b.wav")), Action("/a", Method.GET), 9, "", 4, on_empty=True),
        ),
        ("<Record/>", Record(Action())),
        (
            '<Record action="/k" timeout="3" finishOnKey="#" maxLength="20" playBeep="false"/>',
            Record(Action("/k"), 3, "#", 20, play_beep=False),
        ),
        ("<Dial>+44 (1632) 960-001</Dial>", Dial((Party("tel:+441632960001"),))),
        (
            """<Dial timeout="10" sequential="true"><Number>911</Number><Sip url="/w">sip:a@b</Sip>
            <Client>ann</Client></Dial>""",
            Dial((Party("tel:911"), Party("sip:a@b", "/w"), Party("phone:ann")), None, 10, sequential=True),
        ),
        ('<Redirect method="GET">/b</Redirect>', Redirect(Action("/b", Method.GET))),
        ("<Hangup/>", Hangup()),
        ('<Reject reason="busy"/>', Reject(busy=True)),
    ],
)
def test_a_verb_is_read(body: str, verb: Verb) -> None:
    assert verbs(body) == (verb,)


def test_verbs_that_would_do_nothing_are_left_out() -> None:
    assert verbs("<Say> </Say><Play/><Hangup/>") == (Hangup(),)


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ("", "line 1: no element found"),
        ("<Response>\n<Say>", "line 2: no element found"),
        ("<Response>\n<Say></Play></Response>", "line 2: mismatched tag"),
        ("<html/>", "line 1: the document is a <html>, not a <Response>"),
        (
            "<Response>\n\n<Pause length='x'/></Response>",
            "line 3: <Pause> length is 'x', not a whole number from 0 to",
        ),
        ("<Response><Gather method='PUT'/></Response>", "line 1: <Gather> method is 'PUT', not GET or POST"),
        ("<Response><Gather finishOnKey='x'/></Response>", "line 1: <Gather> finishOnKey is 'x', not keys"),
        ("<Response><Dial/></Response>", "line 1: <Dial> calls nobody"),
        ("<Response><Dial>ann</Dial></Response>", "line 1: <Dial> 'ann' is no telephone number"),
        ("<Response><Dial><Sip>ann</Sip></Dial></Response>", "line 1: <Sip> 'ann' is no SIP URI"),
        ("<Response><Dial><Client>a b</Client></Dial></Response>", "line 1: <Client> 'a b' is no account"),
        ("<Response><Reject reason='x'/></Response>", "line 1: <Reject> reason is 'x', not rejected or busy"),
        (
            "<Response><Record playBeep='x'/></Response>",
            "line 1: <Record> playBeep is 'x', not true or false",
        ),
        (
            "<Response><Say language='?'>a</Say></Response>",
            "line 1: <Say> language is '?', not a language tag",
        ),
        (f"<Response><Say>{'a' * 5000}</Say></Response>", "line 1: <Say> has more than 4096 characters"),
        ('<!DOCTYPE a [<!ENTITY b "c">]>\n<Response/>', "line 1: a document type may bring entities"),
        ("<Response>" + "<a>" * 20 + "</a>" * 20 + "</Response>", "line 1: more than 1000 elements, or 8 in"),
        ("<Response>" + "<a/>" * 2000 + "</Response>", "line 1: more than 1000 elements"),
        (" " * (MAX_SIZE + 1), "line 1: the document has more than 65536 octets"),
        ('<?xml version="1.0" encoding="nonsense"?><Response/>', "line 1: the document's encoding: unknown"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(document: str, problem: str) -> None:
    with pytest.raises(TwimlError) as raised:
        parse_twiml(document.encode())
    assert raised.value.reason.startswith(problem)


def test_what_is_not_done_here_is_a_remark() -> None:
    body = """<Response>stray
        <Enqueue>a</Enqueue>
        <Gather input="dtmf speech" hints="a"><Record/></Gather>
        <Say voice="b"><emphasis>One</emphasis></Say>
        <Dial callerId="1">2<Conference>c</Conference></Dial>
    </Response>"""
    document = parse_twiml(body.encode())
    assert [type(verb) for verb in document.verbs] == [Gather, Say, Dial]
    assert document.remarks == (
        "line 2: <Enqueue> is not done here",
        "line 3: <Record> is not done within <Gather>",
        "line 3: <Gather> takes keys only",
        "line 3: <Gather> hints is not done here",
        "line 4: <Say> SSML is said as plain text",
        "line 4: <Say> voice is not done here",
        "line 5: <Conference> is not done within <Dial>",
        "line 5: <Dial> callerId is not done here",
        "line 1: text outside of verbs is not said",
    )


def test_remarks_are_bounded() -> None:
    assert len(parse_twiml(b"<Response>" + b"<a/>" * 100 + b"</Response>").remarks) == MAX_REMARKS


def test_other_encodings_are_read() -> None:
    text = '<?xml version="1.0" encoding="{}"?><Response><Say>café</Say></Response>'
    for encoding in ("utf-8", "iso-8859-1", "utf-16"):
        assert parse_twiml(text.format(encoding).encode(encoding)).verbs == (Say("café"),)


@given(st.binary(max_size=300))
def test_any_bytes_give_a_document_or_an_error(data: bytes) -> None:
    try:
        parse_twiml(data)
    except TwimlError:
        pass


names = st.sampled_from(
    [
        "Say",
        "Play",
        "Pause",
        "Gather",
        "Record",
        "Dial",
        "Number",
        "Sip",
        "Client",
        "Redirect",
        "Hangup",
        "Reject",
        "X",
    ]
)
values = st.sampled_from(
    ["", "1", "0", "-1", "true", "POST", "#", "busy", "en", "x", "99999999999"]
) | st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"),
    max_size=8,
)
attributes = st.dictionaries(
    st.sampled_from(
        [
            "action",
            "method",
            "timeout",
            "numDigits",
            "finishOnKey",
            "length",
            "loop",
            "language",
            "reason",
            "digits",
            "playBeep",
            "maxLength",
            "timeLimit",
            "hangupOnStar",
            "record",
            "url",
            "input",
            "unknown",
        ]
    ),
    values,
    max_size=4,
)


def element(name: str, said: dict[str, str], text: str, inner: list[str]) -> str:
    quoted = "".join(f' {key}="{escape(value, {chr(34): "&quot;"})}"' for key, value in said.items())
    return f"<{name}{quoted}>{escape(text)}{''.join(inner)}</{name}>"


elements = st.recursive(
    st.builds(element, names, attributes, values, st.just([])),
    lambda inner: st.builds(element, names, attributes, values, st.lists(inner, max_size=2)),
    max_leaves=4,
)


@given(st.lists(elements, max_size=3))
def test_any_document_gives_verbs_within_their_bounds_or_an_error(bodies: list[str]) -> None:
    try:
        document = parse_twiml(f"<Response>{''.join(bodies)}</Response>".encode())
    except TwimlError:
        return
    assert isinstance(document, Document)
    assert len(document.verbs) <= len(bodies)
    for verb in document.verbs:
        match verb:
            case Dial(parties):
                assert parties
                assert all(party.target.startswith(("tel:", "sip", "phone:")) for party in parties)
            case Gather(_, _, timeout, _, num_digits):
                assert 0 <= timeout <= 600
                assert num_digits is None or 1 <= num_digits <= 64
            case Say(text):
                assert text
            case _:
                pass
