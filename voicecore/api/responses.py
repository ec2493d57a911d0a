"""What operations answer beside success, as the OpenAPI document tells it."""

from __future__ import annotations

from typing import Any

from voicecore.api.problem import MEDIA_TYPE

_SAID = {
    400: "The request cannot be read.",
    401: "Nobody is logged in, or the token is nobody's.",
    403: "This role may not do it, the CSRF token is missing, or the page is of another origin.",
    404: "There is no such thing.",
    405: "The path has no such method.",
    408: "The request did not come to its end in time.",
    413: "The body is too large.",
    416: "The range lies outside of the recording.",
    421: "The name that was asked for is not ours.",
    422: "A parameter or the body is not as described.",
    429: "Too many requests; Retry-After says when to try again.",
    503: "Something that this needs does not work now.",
}

Responses = dict[int | str, dict[str, Any]]


def problems(*statuses: int) -> Responses:
    """The entries of `responses` for these statuses."""
    return {status: _problem(status) for status in statuses}


def _problem(status: int) -> dict[str, Any]:
    made: dict[str, Any] = {
        "description": _SAID[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status == 429:
        made["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
    return made


PROBLEMS = problems(400, 401, 403, 405, 408, 413, 421, 422, 429)
"""What any operation may answer."""
