"""Bencoding (BEP 3), in which rtpengine's ng protocol asks and answers: text, numbers and dictionaries of them."""

from __future__ import annotations

Value = str | int | list["Value"] | dict[str, "Value"]


def encode(value: Value) -> bytes:
    match value:
        case str():
            text = value.encode()
            return b"%d:%s" % (len(text), text)
        case int():
            return b"i%de" % value
        case list():
            return b"l" + b"".join(map(encode, value)) + b"e"
        case dict():
            return b"d" + b"".join(encode(key) + encode(value[key]) for key in sorted(value)) + b"e"


def decode(data: bytes) -> Value:
    """Raises ValueError for what is no single value."""
    value, end = _value(data, 0)
    if end != len(data):
        raise ValueError(f"{len(data) - end} octets follow the value")
    return value


def _value(data: bytes, at: int) -> tuple[Value, int]:
    match data[at : at + 1]:
        case b"i":
            end = data.index(b"e", at)
            return int(data[at + 1 : end]), end + 1
        case b"l":
            parts, at = _until_end(data, at + 1)
            return parts, at
        case b"d":
            parts, at = _until_end(data, at + 1)
            keys, values = parts[::2], parts[1::2]
            return dict(zip(map(str, keys), values, strict=True)), at
        case _:
            colon = data.index(b":", at)
            end = colon + 1 + int(data[at:colon])
            if end > len(data):
                raise ValueError("a text is cut off")
            return data[colon + 1 : end].decode("utf-8", "replace"), end


def _until_end(data: bytes, at: int) -> tuple[list[Value], int]:
    parts: list[Value] = []
    while data[at : at + 1] != b"e":
        part, at = _value(data, at)
        parts.append(part)
    return parts, at + 1
