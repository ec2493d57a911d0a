"""Certificates are replaced while the server runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.component.transport.certificates import Authority, Files
from tests.component.transport.ends import an_end, message
from voicecore.errors import Unavailable
from voicecore.transport.tls import CertificateNames, TlsSettings
from voicecore.transport.tls_contexts import TlsContexts

pytestmark = pytest.mark.real_time

OLD, NEW = "old.example.org", "new.example.org"


@pytest.fixture(name="authority", scope="module")
def _authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(name="files")
def _files(authority: Authority, tmp_path: Path) -> Files:
    files = Files(tmp_path / "certificate.pem", tmp_path / "key.pem")
    put(authority.issue(OLD), files)
    return files


def put(new: Files, place: Files) -> None:
    for source, target in zip(new, place, strict=True):
        shutil.copy(source, target.with_suffix(".new"))
        target.with_suffix(".new").replace(target)


async def test_a_renewed_certificate_is_shown_to_the_next_connection(
    authority: Authority, files: Files
) -> None:
    settings = TlsSettings(*files, ca=authority.ca)
    async with an_end("TLS", settings) as server, an_end("TLS", settings) as client:
        before = client.hop_to(server, OLD)
        client.transports.send(message("INVITE"), before)
        assert await server.gets() == [message("INVITE")]
        put(authority.issue(NEW), files)
        client.transports.send(message("BYE"), client.hop_to(server, NEW))
        assert (await server.gets(2))[1:] == [message("BYE")]
        client.transports.send(message("INFO"), before)
        assert (await server.gets(3))[2:] == [message("INFO")]
        assert client.transports.peer_certificate(before) == CertificateNames((OLD,), (), (), "tested")


def test_a_new_certificate_without_its_key_is_told_and_not_used(authority: Authority, files: Files) -> None:
    contexts = TlsContexts(TlsSettings(*files))
    before = contexts.server()
    new = authority.issue(NEW)
    shutil.copy(new.certificate, files.certificate)
    with capture_logs() as logs:
        assert contexts.server() is before
        assert contexts.server() is before
    assert [log["log_level"] for log in logs] == ["error"]
    shutil.copy(new.key, files.key)
    assert contexts.server() is not before


def test_a_removed_certificate_changes_nothing(files: Files) -> None:
    contexts = TlsContexts(TlsSettings(*files))
    before = contexts.server()
    files.certificate.unlink()
    with capture_logs() as logs:
        assert contexts.server() is before
    assert "cannot be used" in logs[0]["problem"]


def test_files_that_could_never_be_used_are_unavailable(files: Files) -> None:
    files.key.write_text("no key")
    with pytest.raises(Unavailable, match="certificate, key or client_ca"):
        TlsContexts(TlsSettings(*files)).server()
