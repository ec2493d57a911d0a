"""One text to a speech service over a WebSocket: JSON goes there, sound comes back in binary messages."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

import aiohttp

from voicecore.errors import Unavailable
from voicecore.speech.synthesis import EngineDown

NORMAL: Final = 1000
"""The status of a WebSocket that is closed because all is said (RFC 6455, 7.4.1)."""

LARGEST_MESSAGE: Final = 1 << 20


async def speak(
    session: aiohttp.ClientSession,
    url: str,
    asked: Mapping[str, str],
    headers: Mapping[str, str],
    hear: Callable[[bytes], None],
) -> None:
    """Sends the text; gives each binary message to `hear` until the service says that all is said.

    That is a normal close, or a text message {"done": true}; {"error": "..."} refuses this text. Raises EngineDown
    for any other end, Unavailable for a text that is refused.
    """
    socket = session.ws_connect(url, headers=headers, max_msg_size=LARGEST_MESSAGE, timeout=_CLOSES)
    async with socket as connection:
        await connection.send_json(asked)
        async for message in connection:
            match message.type:
                case aiohttp.WSMsgType.BINARY:
                    hear(message.data)
                case aiohttp.WSMsgType.TEXT:
                    if _is_done(message.data):
                        return
        if connection.close_code != NORMAL:
            raise EngineDown(f"closed the WebSocket with status {connection.close_code}")


def _is_done(text: str) -> bool:
    """Raises EngineDown for what is no message of ours."""
    told = json.loads(text)
    if not isinstance(told, dict):
        raise EngineDown("sent a message that is no object")
    if (problem := told.get("error")) is not None:
        raise Unavailable(f"refused the text: {str(problem)[:200]}")
    return told.get("done") is True


_CLOSES: Final = aiohttp.ClientWSTimeout(ws_close=1.0)
"""Seconds to wait for the service's own close, so that a text is not late for a service that never does."""
