from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def run_with_our_conftest(
    pytester: pytest.Pytester, root: Path, monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # loading them takes seconds
    conftest = (root / "tests" / "conftest.py").read_text(encoding="utf-8")
    pytester.makeconftest(conftest.replace(', "pytester"', ""))
    return pytester


def test_open_socket_fails_the_test(run_with_our_conftest: pytest.Pytester) -> None:
    run_with_our_conftest.makepyfile(
        """
        import socket
        kept = []
        def test_it():
            kept.append(socket.socket())
        def test_the_next_one():
            kept.pop().close()
        """
    )
    result = run_with_our_conftest.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*left 1 sockets open*"])


def test_closed_socket_is_no_leak(run_with_our_conftest: pytest.Pytester) -> None:
    run_with_our_conftest.makepyfile(
        """
        import socket
        def test_it():
            with socket.socket():
                pass
        """
    )
    run_with_our_conftest.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
