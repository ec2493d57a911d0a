"""The site that is only answers says what the API says: the same fields, of the same kinds."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema_rs import validator_for

from tests.component.desktop import fake_site
from voicecore.api import schema

ANSWERS: list[tuple[type[schema.Model], Any]] = [
    (schema.SessionView, fake_site.SESSION),
    (schema.Configuration, fake_site.CONFIGURATION),
    (schema.PhoneCredentials, fake_site.CREDENTIALS),
    (schema.CallPage, {"calls": fake_site.CALLS, "next": None}),
    (schema.CallDetail, fake_site.DETAIL),
    (schema.Ladder, fake_site.LADDER),
    (schema.Peaks, fake_site.PEAKS),
    (schema.Event, {"kind": "snapshot", "seq": 1, "at": "2026-11-20T08:00:00Z", "calls": fake_site.CALLS}),
]


@pytest.mark.parametrize(("model", "answer"), ANSWERS, ids=lambda value: getattr(value, "__name__", ""))
def test_the_answer_is_one_of_the_api(model: type[schema.Model], answer: Any) -> None:
    wanted = model.model_json_schema(mode="serialization")
    assert [error.message for error in validator_for(wanted).iter_errors(answer)] == []
