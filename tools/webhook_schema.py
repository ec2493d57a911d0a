"""Writes docs/webhooks.schema.json, the schema of a webhook's reply."""

from __future__ import annotations

import json
from pathlib import Path

from voicecore.ivr.webhook.document import Reply

SCHEMA = Path(__file__).resolve().parent.parent / "docs" / "webhooks.schema.json"


def main() -> None:
    SCHEMA.write_text(json.dumps(Reply.model_json_schema(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
