"""Work on octets, in Rust: what a message says in the common shape, whether it may hold a secret, how ours is written.

The crate's functions need nothing of the media engine, so every room may call them. The rules are Python's: what is not
common is left to them.
"""

from __future__ import annotations

from voicecore.media._native import HeadReader, may_hold_secret, shape_of, write_message

__all__ = ["HeadReader", "may_hold_secret", "shape_of", "write_message"]
