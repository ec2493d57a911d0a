"""The fetch against a TLS server on this machine, whose certificate is made here."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from voicecore.errors import Unavailable
from voicecore.transport.certificate_fetch import MAX_BODY, CertificateFetch, is_public

pytestmark = pytest.mark.real_time


def self_signed(folder: Path) -> Path:
    """A PEM file with key and certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "here")]), datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - timedelta(hours=1))
    builder = builder.not_valid_after(now + timedelta(hours=1))
    addresses = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    builder = builder.add_extension(addresses, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    file = folder / "both.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    )
    return file


@asynccontextmanager
async def server(file: Path, answer: bytes) -> AsyncIterator[str]:
    """Answers whatever is asked with these bytes; yields its URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        assert asked.startswith(b"GET /a.pem?x=1 HTTP/1.0\r\nHost: 127.0.0.1:")
        writer.write(answer)
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    listener = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with listener:
        yield f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}/a.pem?x=1"


def fetch_from_here(file: Path) -> CertificateFetch:
    return CertificateFetch(ssl.create_default_context(cafile=str(file)), lambda address: True)


async def test_what_the_url_holds_is_fetched(tmp_path: Path) -> None:
    file = self_signed(tmp_path)
    async with server(file, b"HTTP/1.1 200 OK\r\nContent-Type: x\r\n\r\ncertificate") as url:
        assert await fetch_from_here(file).fetch(url) == b"certificate"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (MAX_BODY + 1),
        b"x" * 40_000,
        b"\0\r\n\r\n",
        b"",
    ],
    ids=["redirect", "missing", "chunked", "too long", "endless head", "no http", "nothing"],
)
async def test_other_answers_are_unavailable(tmp_path: Path, answer: bytes) -> None:
    file = self_signed(tmp_path)
    async with server(file, answer) as url:
        with pytest.raises(Unavailable):
            await fetch_from_here(file).fetch(url)


async def test_a_server_that_nobody_vouches_for_is_unavailable(tmp_path: Path) -> None:
    async with server(self_signed(tmp_path), b"") as url:
        with pytest.raises(Unavailable):
            await CertificateFetch(may_connect=lambda address: True).fetch(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/a",
        "https://[::1]/a",
        "https://10.0.0.1/a",
        "https://169.254.169.254/latest",
        "https://[::ffff:192.168.0.1]/a",
        "http://192.0.2.1/a",
        "https:///a",
        "https://127.0.0.1:99999/a",
        "https://127.0.0.1/a\r\nX: y",
    ],
)
async def test_no_url_leads_into_this_site(url: str) -> None:
    with pytest.raises(Unavailable):
        await CertificateFetch().fetch(url)


def test_an_address_of_the_internet_is_public() -> None:
    assert is_public("1.1.1.1")
    assert is_public("2606:4700::1111")
    assert not is_public("224.0.0.1")
    assert not is_public("100.64.0.1")
