"""Debian's libspandsp2 as an independent sender and judge of tones."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
from numpy.typing import NDArray

Samples = NDArray[np.int16]

ROWS = (697.0, 770.0, 852.0, 941.0)
COLUMNS = (1209.0, 1336.0, 1477.0, 1633.0)
FAX_CNG = 1
KEYS = "123A456B789C*0#D"


def library() -> ctypes.CDLL:
    """The library, or the test is skipped."""
    try:
        spandsp = ctypes.CDLL("libspandsp.so.2")
    except OSError:
        pytest.skip("libspandsp2 is not installed")
    pointer, integer, text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
    for name, result, arguments in (
        ("dtmf_tx_init", pointer, [pointer]),
        ("dtmf_tx_free", integer, [pointer]),
        ("dtmf_tx_put", integer, [pointer, text, integer]),
        ("dtmf_tx", integer, [pointer, pointer, integer]),
        ("dtmf_rx_init", pointer, [pointer, pointer, pointer]),
        ("dtmf_rx_free", integer, [pointer]),
        ("dtmf_rx", integer, [pointer, pointer, integer]),
        ("dtmf_rx_get", ctypes.c_size_t, [pointer, text, integer]),
        ("tone_gen_descriptor_init", pointer, [pointer] + [integer] * 9),
        ("tone_gen_descriptor_free", None, [pointer]),
        ("tone_gen_init", pointer, [pointer, pointer]),
        ("tone_gen_free", integer, [pointer]),
        ("tone_gen", integer, [pointer, pointer, integer]),
        ("modem_connect_tones_tx_init", pointer, [pointer, integer]),
        ("modem_connect_tones_tx", integer, [pointer, pointer, integer]),
        ("modem_connect_tones_tx_free", integer, [pointer]),
        ("g722_encode_init", pointer, [pointer, integer, integer]),
        ("g722_encode", integer, [pointer, pointer, pointer, integer]),
        ("g722_encode_free", integer, [pointer]),
        ("g722_decode_init", pointer, [pointer, integer, integer]),
        ("g722_decode", integer, [pointer, pointer, text, integer]),
        ("g722_decode_free", integer, [pointer]),
    ):
        function = getattr(spandsp, name)
        function.restype, function.argtypes = result, arguments
    return spandsp


def send(digits: str) -> Samples:
    """What spandsp's sender makes of these digits."""
    spandsp = library()
    sender = spandsp.dtmf_tx_init(None)
    assert spandsp.dtmf_tx_put(sender, digits.encode(), -1) == 0
    buffer = (ctypes.c_int16 * (len(digits) * 2000))()
    count = spandsp.dtmf_tx(sender, buffer, len(buffer))
    spandsp.dtmf_tx_free(sender)
    return np.array(buffer[:count], dtype=np.int16)


def fax_calling_tone(seconds: float) -> Samples:
    """What spandsp's fax machine sends when it calls: CNG, from the beginning of a burst on."""
    spandsp = library()
    sender = spandsp.modem_connect_tones_tx_init(None, FAX_CNG)
    buffer = (ctypes.c_int16 * int(8000 * seconds))()
    count = spandsp.modem_connect_tones_tx(sender, buffer, len(buffer))
    spandsp.modem_connect_tones_tx_free(sender)
    return np.array(buffer[:count], dtype=np.int16)


def receive(samples: Samples) -> str:
    """The digits that spandsp's receiver finds."""
    spandsp = library()
    receiver = spandsp.dtmf_rx_init(None, None, None)
    buffer = (ctypes.c_int16 * len(samples))(*samples.tolist())
    spandsp.dtmf_rx(receiver, buffer, len(buffer))
    found = ctypes.create_string_buffer(129)
    spandsp.dtmf_rx_get(receiver, found, 128)
    spandsp.dtmf_rx_free(receiver)
    return found.value.decode()


def key(
    row: int, column: int, *, row_dbm0: int = -13, column_dbm0: int = -13, on_ms: int = 100, off_ms: int = 100
) -> Samples:
    """One key by spandsp's tone generator, with frequencies (whole Hz) and levels of one's choice."""
    spandsp = library()
    descriptor = spandsp.tone_gen_descriptor_init(
        None, row, row_dbm0, column, column_dbm0, on_ms, off_ms, 0, 0, 0
    )
    generator = spandsp.tone_gen_init(None, descriptor)
    buffer = (ctypes.c_int16 * ((on_ms + off_ms) * 8))()
    count = spandsp.tone_gen(generator, buffer, len(buffer))
    spandsp.tone_gen_free(generator)
    spandsp.tone_gen_descriptor_free(descriptor)
    return np.array(buffer[:count], dtype=np.int16)


def encode_g722(samples: Samples) -> bytes:
    """16 kHz samples as 64 kbit/s."""
    spandsp = library()
    encoder = spandsp.g722_encode_init(None, 64000, 0)
    said = (ctypes.c_int16 * len(samples))(*samples.tolist())
    codes = (ctypes.c_uint8 * (len(samples) // 2))()
    count = spandsp.g722_encode(encoder, codes, said, len(samples))
    spandsp.g722_encode_free(encoder)
    return bytes(codes[:count])


def decode_g722(codes: bytes) -> Samples:
    spandsp = library()
    decoder = spandsp.g722_decode_init(None, 64000, 0)
    heard = (ctypes.c_int16 * (2 * len(codes)))()
    count = spandsp.g722_decode(decoder, heard, codes, len(codes))
    spandsp.g722_decode_free(decoder)
    return np.array(heard[:count], dtype=np.int16)
