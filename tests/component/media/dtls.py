"""A phone with DTLS-SRTP that is not ours: OpenSSL shakes hands, the SRTP of the tests seals and opens."""

from __future__ import annotations

import datetime
import socket
import struct
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from tests.component.media.peer import PATIENCE, Packet, Peer
from tests.component.media.srtp import Direction

ROUNDS = round(PATIENCE / 0.2)

SUITES = {
    "AES_CM_128_HMAC_SHA1_80": (b"SRTP_AES128_CM_SHA1_80", 16, 14),
    "AEAD_AES_128_GCM": (b"SRTP_AEAD_AES_128_GCM", 16, 12),
    "AEAD_AES_256_GCM": (b"SRTP_AEAD_AES_256_GCM", 32, 12),
}
"""By the name of SDES: the profile of OpenSSL, octets of key and salt."""


def certificate() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "phone")])
    now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=3650))
    return builder.sign(key, SHA256()), key


def fingerprint(made: x509.Certificate) -> str:
    return "sha-256 " + ":".join(f"{octet:02X}" for octet in made.fingerprint(SHA256()))


class Handshake:
    """One association over one socket."""

    def __init__(self, context: SSL.Context, *, is_client: bool) -> None:
        self.connection = SSL.Connection(context)
        if is_client:
            self.connection.set_connect_state()
        else:
            self.connection.set_accept_state()
        self._is_client = is_client

    def shake(self, over: socket.socket, to: int, rounds: int = ROUNDS) -> None:
        """Returns when the handshake is done. Raises SSL.Error, or TimeoutError after so many looks at the socket."""
        over.settimeout(0.2)
        for _ in range(rounds):
            try:
                self.connection.do_handshake()
            except SSL.WantReadError:
                self.flush(over, to)
            else:
                return self.flush(over, to)
            try:
                datagram = over.recv(2048)
            except TimeoutError:
                self.connection.DTLSv1_handle_timeout()
                datagram = b""
            if datagram and 20 <= datagram[0] <= 63:
                self.connection.bio_write(datagram)
        raise TimeoutError

    def flush(self, over: socket.socket, to: int) -> None:
        while True:
            try:
                over.sendto(self.connection.bio_read(1500), ("127.0.0.1", to))
            except SSL.WantReadError:
                return

    def close(self, over: socket.socket, to: int) -> None:
        self.connection.shutdown()
        self.flush(over, to)

    def fingerprint(self) -> str:
        """Of the other side's certificate."""
        theirs = self.connection.get_peer_certificate(as_cryptography=True)
        assert theirs is not None
        return fingerprint(theirs)

    def keys(self, suite: str) -> tuple[Direction, Direction]:
        """What we send under, and what they do (RFC 5764, 4.2)."""
        _, key, salt = SUITES[suite]
        octets = self.connection.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (key + salt))
        keys, salts = octets[: 2 * key], octets[2 * key :]
        client, server = (
            Direction(suite, keys[n * key : (n + 1) * key] + salts[n * salt : (n + 1) * salt]) for n in (0, 1)
        )
        return (client, server) if self._is_client else (server, client)


class DtlsPhone(Peer):
    """A phone of two ports, with a certificate of its own."""

    def __init__(self, ssrc: int = 77, suite: str = "AES_CM_128_HMAC_SHA1_80") -> None:
        super().__init__(ssrc)
        self.suite = suite
        self._certificate, self._key = certificate()
        self.fingerprint = fingerprint(self._certificate)
        self.handshake: Handshake | None = None

    def context(self) -> SSL.Context:
        context = SSL.Context(SSL.DTLS_METHOD)
        context.use_certificate(self._certificate)
        context.use_privatekey(self._key)
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
        context.set_tlsext_use_srtp(SUITES[self.suite][0])
        return context

    def is_refused(self, to: int) -> None:
        """Shakes hands as far as it gets: its certificate is seen, and the handshake does not end."""
        with pytest.raises(TimeoutError):
            Handshake(self.context(), is_client=True).shake(self.rtp, to, rounds=6)

    def shake(self, to: int, *, is_client: bool = True, over: socket.socket | None = None) -> Handshake:
        """Shakes hands with a port of the engine; from there on it speaks SRTP with what came of it."""
        over = over or self.rtp
        handshake = Handshake(self.context(), is_client=is_client)
        handshake.shake(over, to)
        if over is self.rtp:
            self.handshake = handshake
            self.sending, self.receiving = handshake.keys(self.suite)
        return handshake

    def receive(self) -> Packet:
        """The next RTP packet; records of DTLS and RTCP are passed over."""
        self.rtp.settimeout(PATIENCE)
        while True:
            data = self.rtp.recv(2048)
            if data[0] >= 128 and not 192 <= data[1] <= 223:
                break
        _, second, sequence, timestamp, ssrc = struct.unpack("!BBHII", data[:12])
        payload = self.receiving.unprotect(data)[12:]
        return Packet(time.monotonic(), second >= 128, second & 127, sequence, timestamp, ssrc, payload)

    def say(self, to: int, payload: bytes) -> None:
        header = struct.pack("!BBHII", 0x80, 0, self.sequence, self.timestamp, self.ssrc)
        self.sequence += 1
        self.timestamp += len(payload)
        self.rtp.sendto(self.sending.protect(header + payload), ("127.0.0.1", to))

    def talk_to(self, to: int, payload: bytes, packets: int) -> list[Packet]:
        """One packet for each that it receives."""
        received = []
        for _ in range(packets):
            received.append(self.receive())
            self.say(to, payload)
        return received
