"""The OpenAPI document against the server, by somebody else's program: what it says, and nothing else, happens."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.schemas import BaseSchema

from tests.component.api.thread import served
from tests.unit.api.calls import ended, id_of
from tests.unit.api.site import SECRETS, Site, with_tokens
from voicecore.api.access import Operation, Role

EXAMPLES = 8
"""Of each operation, right ones and wrong ones each."""
WITHOUT_INPUT = {
    "GET /api/v1/health",
    "GET /api/v1/session",
    "DELETE /api/v1/session",
    "GET /api/v1/configuration",
}
BOUNDED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
"""The same requests each time: a test that fails now and then says nothing of a change."""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    def prepare(made: Site) -> None:
        made.kept.files.append(ended(1, tmp_path))

    with served(tmp_path, with_tokens(), prepare) as url:
        yield url


def document(url: str) -> BaseSchema:
    schema = schemathesis.openapi.from_url(f"{url}/api/v1/openapi.json")
    schema.config.generation.with_security_parameters = False
    # A text that is too long by far is refused as a body that is too large.
    schema.config.checks.negative_data_rejection.expected_statuses += ["413"]
    return schema


def hold_to_it(operation: Any, mode: GenerationMode) -> None:
    """Requests as the document describes them, or on purpose not; every answer is held against it."""
    number = count()

    @BOUNDED
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: Any) -> None:
        if mode is GenerationMode.POSITIVE and "call" in case.path_parameters and next(number) % 2:
            case.path_parameters["call"] = id_of(1)
        case.call_and_validate(headers={"Authorization": f"Bearer {SECRETS[Role.ADMIN]}"})

    holds()


def test_every_operation_does_what_its_document_says(url: str) -> None:
    operations = [found.ok() for found in document(url).get_all_operations() if isinstance(found, Ok)]
    assert len(operations) == len(Operation) - 1
    for operation in operations:
        hold_to_it(operation, GenerationMode.POSITIVE)
        if operation.label not in WITHOUT_INPUT:
            hold_to_it(operation, GenerationMode.NEGATIVE)


def test_the_document_tells_each_operation_in_words(url: str) -> None:
    for methods in document(url).raw_schema["paths"].values():
        for operation in methods.values():
            assert operation["description"].endswith(".")
            told = operation["responses"]
            assert {"401", "403", "421", "429"} <= set(told)
            for status, response in told.items():
                if int(status) >= 400:
                    assert list(response["content"]) == ["application/problem+json"]
            assert all("description" in one for one in operation.get("parameters", []))


def test_the_document_describes_the_messages_of_the_websocket(url: str) -> None:
    schemas = document(url).raw_schema["components"]["schemas"]
    assert {"kind", "seq", "at", "calls", "call", "legs"} == set(schemas["Event"]["properties"])
    assert "from" in schemas["CallSummary"]["properties"]
