"""Whatever callers do: no flow of ours traps them, falls silent, or hides its operator."""

from __future__ import annotations

import pytest

from ivr_apps import diagnostics, main_menu
from voicecore.ivr.flows import Flow
from voicecore.testing.random_caller import Bounds, check_flow
from voicecore.testing.simulated_speech import SimulatedSpeech, human_pace
from voicecore.testing.simulation import Stage

FLOWS = [
    (main_menu.main, {}, "0"),
    (main_menu.main, {"operator": "phone:operator"}, "0"),
    (diagnostics.read_back_digits, {}, ""),
    (diagnostics.tone, {"seconds": 3}, ""),
    (diagnostics.bridge, {"target": "phone:anna"}, ""),
]


@pytest.mark.parametrize(("flow", "args", "operator"), FLOWS)
def test_every_caller_fares_well(flow: Flow, args: dict[str, str], operator: str) -> None:
    stage = Stage(args, speech=SimulatedSpeech(pace=human_pace))
    check_flow(flow, callers=30, bounds=Bounds(operator_key=operator, longest_silence=11), stage=stage)
