"""TLS for SIP (RFC 3261, 26.3; RFC 5922): contexts from files, and a connection's encryption without a socket."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from voicecore.errors import PeerError

ClientCertificate = Literal["none", "optional", "required"]

_MAX_RECORD = 65_536


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Files are PEM. `certificate` holds ours with those between it and the authority; both or none are given."""

    certificate: Path | None = None
    key: Path | None = None
    client_ca: Path | None = None
    """Authorities whose client certificates we take."""
    client_certificate: ClientCertificate = "none"
    ca: Path | None = None
    """Authorities that servers we connect to are verified by; None: the system's."""
    verify: bool = True
    """Whether servers are verified at all."""


@dataclass(frozen=True, slots=True)
class CertificateNames:
    """Whom a verified certificate names: subjectAltName (RFC 5922, 7.1), and the subject's common name."""

    dns: tuple[str, ...]
    uris: tuple[str, ...]
    addresses: tuple[str, ...]
    common_name: str

    @property
    def domains(self) -> frozenset[str]:
        """The SIP domains that it speaks for (RFC 5922, 7.1), in lower case.

        A SIP URI counts if it is a domain and no user. The common name counts where there are no such names at all.
        """
        named = {*self.dns, *filter(None, map(_domain, self.uris))}
        return frozenset(named or {self.common_name.lower()} - {""})


def server_context(settings: TlsSettings) -> ssl.SSLContext:
    """Raises OSError (ssl.SSLError among them) for files that cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _common(context, settings)
    if settings.client_certificate != "none":
        context.load_verify_locations(settings.client_ca)
        required = settings.client_certificate == "required"
        context.verify_mode = ssl.CERT_REQUIRED if required else ssl.CERT_OPTIONAL
    return context


def client_context(settings: TlsSettings) -> ssl.SSLContext:
    """Shows our certificate when the server asks for one. Raises OSError for files that cannot be used."""
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=settings.ca)
    _common(context, settings)
    if not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _common(context: ssl.SSLContext, settings: TlsSettings) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    if settings.certificate is not None:
        # An encrypted key would ask for its password on the terminal: refused instead.
        context.load_cert_chain(settings.certificate, settings.key, password=lambda: b"")


def problems(settings: TlsSettings) -> Iterator[tuple[str, str]]:
    """What is wrong with the files, each with the setting that names it. Reads them."""
    readable = True
    for name in ("certificate", "key", "client_ca", "ca"):
        file: Path | None = getattr(settings, name)
        if file is not None and (problem := _unreadable(file)):
            readable = False
            yield name, f"{file} {problem}"
    if not readable:
        return
    for name in ("client_ca", "ca"):
        file = getattr(settings, name)
        try:
            if file is not None:
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
        except ssl.SSLError:
            yield name, f"{file} holds no certificate in PEM form"
    try:
        _common(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), settings)
    except ssl.SSLError as error:
        yield _own_problem(settings, error)


def _unreadable(file: Path) -> str | None:
    try:
        with file.open("rb"):
            return None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        return f"cannot be read: {reason or error}"


def _own_problem(settings: TlsSettings, error: ssl.SSLError) -> tuple[str, str]:
    if error.reason == "KEY_VALUES_MISMATCH":
        return "key", f"{settings.key} is not the key of {settings.certificate}"
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(settings.certificate)
    except ssl.SSLError:
        return "certificate", f"{settings.certificate} holds no certificate in PEM form"
    return "key", f"{settings.key} holds no unencrypted private key in PEM form"


class TlsLayer:
    """One connection's TLS between octets of the wire and octets of SIP. `take` gives what is to be written."""

    def __init__(self, context: ssl.SSLContext, *, server_name: str | None) -> None:
        """`server_name`: the name that the server's certificate must carry; None: we are the server."""
        self._from_wire, self._to_wire = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(
            self._from_wire, self._to_wire, server_side=server_name is None, server_hostname=server_name
        )
        self._is_established = False
        self._is_over = False
        if server_name is not None:
            self._shake_hands()

    @property
    def is_established(self) -> bool:
        return self._is_established

    @property
    def is_over(self) -> bool:
        """The peer said that nothing more comes."""
        return self._is_over

    def receive(self, data: bytes) -> bytes:
        """What the peer sent, as far as whole records are there. Raises PeerError; `take` then tells the peer."""
        self._from_wire.write(data)
        if not self._is_established:
            self._shake_hands()
        return self._read() if self._is_established else b""

    def send(self, data: bytes) -> None:
        """Only when it is established."""
        try:
            self._tls.write(data)
        except ssl.SSLError as error:
            raise PeerError(f"TLS: {_reason(error)}") from error

    def take(self) -> bytes:
        return self._to_wire.read()

    def close(self) -> None:
        """Says goodbye, if there is anybody to say it to (RFC 8446, 6.1)."""
        try:
            self._tls.unwrap()
        except (ssl.SSLError, ValueError):
            pass

    def peer_names(self) -> CertificateNames | None:
        """Of the peer's certificate; None when it showed none, or nobody verified it."""
        return _names(self._tls.getpeercert()) if self._is_established else None

    def _shake_hands(self) -> None:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        except ssl.SSLError as error:
            raise PeerError(f"TLS: {_reason(error)}") from error
        self._is_established = True

    def _read(self) -> bytes:
        parts = []
        try:
            while part := self._tls.read(_MAX_RECORD):
                parts.append(part)
            self._is_over = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self._is_over = True
        except ssl.SSLError as error:
            raise PeerError(f"TLS: {_reason(error)}") from error
        return b"".join(parts)


def _reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate refused: {error.verify_message}"
    return (error.reason or str(error)).lower().replace("_", " ")


def _domain(uri: str) -> str | None:
    scheme, _, rest = uri.partition(":")
    host = rest.partition(";")[0]
    return host.lower() if scheme.lower() == "sip" and host and "@" not in host else None


def _names(certificate: object) -> CertificateNames | None:
    """From what ssl tells: `{"subject": (((name, value),), ...), "subjectAltName": ((kind, value), ...)}`."""
    if not isinstance(certificate, dict) or not certificate:
        return None
    alternative = [(str(kind), str(value)) for kind, value in certificate.get("subjectAltName", ())]
    subject = [(str(name), str(value)) for part in certificate.get("subject", ()) for name, value in part]
    return CertificateNames(
        dns=tuple(value.lower() for kind, value in alternative if kind == "DNS"),
        uris=tuple(value for kind, value in alternative if kind == "URI"),
        addresses=tuple(value for kind, value in alternative if kind == "IP Address"),
        common_name=next((value for name, value in subject if name == "commonName"), ""),
    )
