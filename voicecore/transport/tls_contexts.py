"""The contexts that connections begin with: made when first needed, and anew when their files were replaced."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import structlog

from voicecore.errors import Unavailable
from voicecore.transport.tls import TlsSettings, client_context, server_context

_log = structlog.get_logger(__name__)

Stamp = tuple[tuple[int, int, int], ...]
"""Of each file: when it was written, its size, and which one it is."""


class TlsContexts:
    """A site without TLS reads no authorities. Connections that are there keep the certificate they began with."""

    def __init__(self, settings: TlsSettings) -> None:
        self._server = _Kept("certificate, key or client_ca", settings, server_context)
        self._client = _Kept("ca, certificate or key", settings, client_context)

    def server(self) -> ssl.SSLContext:
        """Raises Unavailable where there never was one that could be used."""
        return self._server.now()

    def client(self) -> ssl.SSLContext:
        """Raises Unavailable where there never was one that could be used."""
        return self._client.now()


class _Kept:
    """One context, and how its files looked when it was made.

    Files that are replaced one after the other fit each other only after the last: until then, and when what is new
    is no good, the context before goes on.
    """

    def __init__(
        self, names: str, settings: TlsSettings, make: Callable[[TlsSettings], ssl.SSLContext]
    ) -> None:
        self._names = names
        self._settings = settings
        self._make = make
        self._files = [
            file
            for file in (settings.certificate, settings.key, settings.client_ca, settings.ca)
            if file is not None
        ]
        self._context: ssl.SSLContext | None = None
        self._seen: Stamp = ()

    def now(self) -> ssl.SSLContext:
        seen = tuple(map(_stamp, self._files))
        if self._context is not None and seen == self._seen:
            return self._context
        was, self._seen = self._context, seen
        try:
            self._context = self._make(self._settings)
        except OSError as error:
            problem = f"[tls] {self._names} cannot be used: {error}"
            if was is None:
                raise Unavailable(problem) from error
            _log.error("new TLS files are not used; those before go on", problem=problem)
            return was
        if was is not None:
            _log.info("TLS files were read again", files=[str(file) for file in self._files])
        return self._context


def _stamp(file: Path) -> tuple[int, int, int]:
    try:
        found = file.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)
