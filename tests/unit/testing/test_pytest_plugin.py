from __future__ import annotations

import pytest

PLUGIN = "voicecore.testing.pytest_plugin"


@pytest.fixture(autouse=True)
def _no_other_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # loading them takes seconds


def outcome_of(pytester: pytest.Pytester, source: str) -> pytest.RunResult:
    pytester.makepyfile(source)
    return pytester.runpytest_inprocess("-p", PLUGIN, "-p", "no:cacheprovider", "--strict-markers")


def test_async_test_runs_in_virtual_time(pytester: pytest.Pytester) -> None:
    source = """
        import asyncio
        async def test_it():
            await asyncio.sleep(100_000)
            assert asyncio.get_running_loop().time() == 100_000
    """
    outcome_of(pytester, source).assert_outcomes(passed=1)


def test_async_test_gets_its_fixtures_and_parameters(pytester: pytest.Pytester) -> None:
    source = """
        import pytest
        @pytest.fixture
        def base():
            return 40
        @pytest.mark.parametrize("more", [1, 2])
        async def test_it(base, more):
            assert base + more in (41, 42)
    """
    outcome_of(pytester, source).assert_outcomes(passed=2)


def test_failing_async_test_fails(pytester: pytest.Pytester) -> None:
    outcome_of(pytester, "async def test_it(): assert 1 == 2").assert_outcomes(failed=1)


def test_leaked_task_fails_the_test(pytester: pytest.Pytester) -> None:
    source = """
        import asyncio
        async def test_it():
            global task
            task = asyncio.create_task(asyncio.sleep(10), name="forgotten")
    """
    result = outcome_of(pytester, source)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*left tasks running*", "*forgotten*"])


def test_task_that_ends_with_the_test_is_no_leak(pytester: pytest.Pytester) -> None:
    source = """
        import asyncio
        async def test_it():
            async with asyncio.TaskGroup() as group:
                group.create_task(asyncio.sleep(10))
    """
    outcome_of(pytester, source).assert_outcomes(passed=1)


def test_real_time_marker_gives_an_ordinary_loop(pytester: pytest.Pytester) -> None:
    source = """
        import asyncio, pytest
        @pytest.mark.real_time
        async def test_it():
            assert "Virtual" not in type(asyncio.get_running_loop()).__name__
    """
    outcome_of(pytester, source).assert_outcomes(passed=1)


def test_virtual_marker_sets_the_grace(pytester: pytest.Pytester) -> None:
    source = """
        import asyncio, pytest, socket
        @pytest.mark.virtual(grace=0.01)
        async def test_it():
            near, far = socket.socketpair()
            with near, far:
                loop = asyncio.get_running_loop()
                loop.add_reader(near, print)
                await asyncio.sleep(100_000)
                loop.remove_reader(near)
    """
    outcome_of(pytester, source).assert_outcomes(passed=1)
