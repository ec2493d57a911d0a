"""Kamailio as a carrier: a proxy and registrar that asks for a password, with subscribers behind it."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.interop.phones.ports import is_free
from tests.interop.phones.program import PATIENCE_S, Program, ProgramError

USER, PASSWORD, REALM = "49301234500", "secret-of-the-trunk", "carrier.example"

_CONFIG = """\
#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children=1
tcp_children=1
auto_aliases=no
listen=udp:{address}:{port}
listen=tcp:{address}:{port}
mpath="{modules}"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "maxfwd.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
modparam("usrloc", "db_mode", 0)
modparam("registrar", "min_expires", 1)
alias="{realm}"
request_route {{
    if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    xlog("L_ALERT", "SAW $rm $ru from $si:$sp\\n");
    if (is_method("OPTIONS") && uri==myself && $rU==$null) {{ sl_send_reply("200", "OK"); exit; }}
    if (has_totag()) {{
        if (loose_route() || is_method("ACK") || uri!=myself) {{ t_relay(); exit; }}
        sl_send_reply("404", "Not Here"); exit;
    }}
    if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
    if ($fU == "{user}" && $si != "{address}") {{
        if (!pv_auth_check("{realm}", "{password}", "0", "0")) {{ auth_challenge("{realm}", "1"); exit; }}
        xlog("L_ALERT", "PROVED $rm $au\\n");
        consume_credentials();
    }}
    if (is_method("REGISTER")) {{ save("location"); exit; }}
    if (is_method("INVITE")) record_route();
    if ($rU == "{user}") {{
        if (!lookup("location")) {{ sl_send_reply("404", "Not Registered"); exit; }}
        t_relay(); exit;
    }}
    {subscriber}
    t_relay(); exit;
}}
"""


def is_installed() -> bool:
    return shutil.which("kamailio") is not None


def modules() -> Path:
    return next(Path("/usr/lib").glob("**/kamailio/modules"))


class Kamailio:
    """One carrier's server at `address`:`port`; every number leads to `subscriber` (address:port)."""

    def __init__(self, folder: Path, address: str, port: int, subscriber: str) -> None:
        folder.mkdir(parents=True)
        self.address, self.port = address, port
        text = _CONFIG.format(
            address=address,
            port=port,
            modules=f"{modules()}/",
            realm=REALM,
            user=USER,
            password=PASSWORD,
            subscriber=f'$du = "sip:{subscriber}";',
        )
        (folder / "kamailio.cfg").write_text(text, encoding="utf-8")
        command: list[str | Path] = [
            "kamailio",
            "-DD",
            "-E",
            "-f",
            "kamailio.cfg",
            "-Y",
            folder,
            "-w",
            folder,
            "-m",
            "16",
            "-M",
            "4",
        ]
        self._program = Program(command, folder)
        try:
            self._wait_until_it_listens()
        except ProgramError:
            self._program.stop()
            raise

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while is_free(self.port, self.address):
            if time.monotonic() > deadline or not self._program.is_running:
                raise ProgramError(self._program.report("does not listen"))
            time.sleep(0.05)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        self._program.stop()

    def wait_for(self, pattern: str, seconds: float = PATIENCE_S) -> None:
        """Until it saw (`SAW INVITE sip:...`) or took the password of (`PROVED REGISTER ...`) such a request."""
        self._program.wait_for(pattern, seconds)

    def saw(self, beginning: str) -> int:
        return sum(beginning in line for line in self._program.lines)
