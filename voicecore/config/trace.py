"""Reads [trace] and [metrics]: who is told what the platform does."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from voicecore.config.fields import Fields
from voicecore.config.settings import Endpoint, MetricsSettings, TraceSettings

HEP_EXAMPLE = "udp://127.0.0.1:9060"
METRICS_EXAMPLE = "127.0.0.1:9099"
LONGEST_KEY = 128


def trace(table: Fields) -> TraceSettings:
    server = table.optional_text("hep", HEP_EXAMPLE)
    endpoint = None
    if server is not None:
        scheme, _, rest = server.partition("://")
        endpoint = _endpoint(rest) if scheme in ("udp", "tcp") else None
        if endpoint is None:
            table.fault("hep", f"{server!r} is no server of ours", f'Write it as "{HEP_EXAMPLE}"')
    key = table.optional_text("hep_auth_key", "secret")
    if key is not None and len(key.encode()) > LONGEST_KEY:
        table.fault(
            "hep_auth_key", f"is longer than {LONGEST_KEY} octets", "Write the key of your Homer server"
        )
    number = table.integer("hep_capture_id", 2001, 0, 2**32 - 1)
    settings = TraceSettings(endpoint, number, key or "", (server or "").startswith("tcp:"))
    table.close()
    return settings


def metrics(table: Fields) -> MetricsSettings:
    listen = table.optional_text("listen", METRICS_EXAMPLE)
    endpoint = None if listen is None else _endpoint(listen)
    if listen is not None and endpoint is None:
        table.fault("listen", f"{listen!r} is no IP address with a port", f'Write it as "{METRICS_EXAMPLE}"')
    table.close()
    return MetricsSettings(endpoint)


def _endpoint(text: str) -> Endpoint | None:
    """None for what is not `address:port` and nothing else."""
    try:
        url = urlsplit(f"//{text}")
        address, port = url.hostname or "", url.port
        ipaddress.ip_address(address)
    except ValueError:
        return None
    if not port or text not in (f"{address}:{port}", f"[{address}]:{port}"):
        return None
    return Endpoint(address, port)
