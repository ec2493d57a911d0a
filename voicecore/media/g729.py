"""Whether this machine has what G.729 needs. The engine opens the library itself; it is neither linked nor ours."""

from __future__ import annotations

import ctypes
from functools import cache

_LIBRARY = "libbcg729.so.0"
REMEDY = "Install libbcg729 (Debian: apt-get install libbcg729-0), or leave G729 out"


@cache
def is_installed() -> bool:
    """Asked of the system once."""
    try:
        ctypes.CDLL(_LIBRARY)
    except OSError:
        return False
    return True
