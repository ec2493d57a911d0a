"""A call that happened, written as a test: text for a file that pytest runs."""

from __future__ import annotations

import re
from pprint import pformat

from voicecore.store.flow_journal import FlowJournal
from voicecore.store.records import CallEnd, CallFile
from voicecore.testing.caller_script import CallerScript, script_text
from voicecore.testing.journals import told
from voicecore.testing.recorded_web import replies_of
from voicecore.testing.replay import journal_of, lengths_of

_TEXT = '''"""Call {id} of {date}, to {number}: written by `voicecore replay`. It holds what the caller pressed."""

from {module} import {flow}
from voicecore.testing.caller_script import parse_script
from voicecore.testing.journals import told
from voicecore.testing.recorded_web import RecordedWeb, Reply
from voicecore.testing.simulated_speech import SimulatedSpeech, human_pace
from voicecore.testing.simulation import Stage, simulate

SCRIPT = {script}

LENGTHS = {lengths}

REPLIES: list[Reply] = {replies}

STEPS = {steps}


def test_call_{name}() -> None:
    speech = SimulatedSpeech(LENGTHS, pace=human_pace)
    stage = Stage({args}, {language}, speech, web=RecordedWeb(REPLIES))
    simulation = simulate({flow}, parse_script(SCRIPT), stage)
    assert simulation.file.call.traceback is None
    assert told(simulation.journal, personal=False){whole} == STEPS
'''


def text_of_test(file: CallFile, script: CallerScript) -> str:
    """Of a call whose flow failed, the test takes the steps before the failure, and fails as long as the flow does.

    Raises NotReplayable.
    """
    journal = journal_of(file)
    module, _, flow = journal.flow.partition(":")
    steps = _steps(file, journal)
    return _TEXT.format(
        id=file.call.id,
        date=file.call.started.date(),
        number=_plain(file.call.number),
        module=module,
        flow=flow,
        script=_lines(script_text(script)),
        lengths=pformat(lengths_of(journal), width=100),
        replies=pformat(replies_of(journal), width=100),
        steps=pformat(steps, width=100),
        name=_plain(file.call.id),
        args=repr(dict(journal.args)),
        language=repr(journal.language),
        whole=f"[:{len(steps)}]" if file.call.end is CallEnd.FAILED else "",
    )


def _steps(file: CallFile, journal: FlowJournal) -> list[str]:
    """Before it failed, that is without the verb that did, and without the apology."""
    steps = told(journal, personal=False)
    if file.call.end is not CallEnd.FAILED:
        return steps
    own = [step for step in journal.steps if not step.where.startswith("voicecore.")]
    return steps[: len(own) - (own[-1].outcome.endswith("Error") if own else 0)]


def _plain(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "_", text)


def _lines(text: str) -> str:
    """As a literal of several lines."""
    escaped = text.replace("\\", "\\\\").replace('"""', r"\"\"\"")
    return f'"""\\\n{escaped}"""'
