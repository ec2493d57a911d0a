"""Recordings: whole, by range, as peaks; and who listened is logged."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.unit.api.calls import ended, id_of, sound_of
from tests.unit.api.site import Site, site
from tests.unit.store.sealing import sealed
from voicecore.store.records import MarkKind, RecordingMark

CALL = id_of(1)
SOUND = f"calls/{CALL}/recordings/1"


def recorded(folder: Path) -> tuple[Site, bytes]:
    """A site with one recording, and its bytes."""
    made = site(folder)
    file = ended(1, folder)
    made.kept.files.append(file)
    return made, sound_of(file)


async def test_a_recording_is_served_whole(tmp_path: Path) -> None:
    made, whole = recorded(tmp_path)
    async with made.page() as page:
        answer = await page.get(SOUND)
    assert (answer.status_code, answer.content) == (200, whole)
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"].startswith("private")


@pytest.mark.parametrize(
    ("asked", "part"),
    [("bytes=0-43", slice(0, 44)), ("bytes=100-", slice(100, None)), ("bytes=-10", slice(-10, None))],
)
async def test_a_range_is_served(tmp_path: Path, asked: str, part: slice) -> None:
    made, whole = recorded(tmp_path)
    async with made.page() as page:
        answer = await page.get(SOUND, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, whole[part])
    first = range(len(whole))[part][0]
    last = first + len(whole[part]) - 1
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(whole)}"


async def test_a_range_behind_the_end_is_told_the_size(tmp_path: Path) -> None:
    made, whole = recorded(tmp_path)
    async with made.page() as page:
        answer = await page.get(SOUND, headers={"Range": f"bytes={len(whole)}-"})
    assert (answer.status_code, answer.json()["type"]) == (416, "urn:voicecore:bad-range")
    assert answer.headers["content-range"] == f"bytes */{len(whole)}"


async def test_head_tells_the_size_without_the_sound(tmp_path: Path) -> None:
    made, whole = recorded(tmp_path)
    async with made.page() as page:
        answer = await page.head(SOUND)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(whole))


async def test_a_browser_that_has_it_is_not_sent_it_again(tmp_path: Path) -> None:
    made, _ = recorded(tmp_path)
    async with made.page() as page:
        version = (await page.head(SOUND)).headers["etag"]
        assert (await page.get(SOUND, headers={"If-None-Match": version})).status_code == 304
        assert (await page.get(SOUND, headers={"If-None-Match": '"other"'})).status_code == 200


async def test_a_range_of_another_version_is_answered_with_all_of_it(tmp_path: Path) -> None:
    made, _ = recorded(tmp_path)
    async with made.page() as page:
        version = (await page.head(SOUND)).headers["etag"]
        for condition, status in ((version, 206), ('"older"', 200)):
            headers = {"Range": "bytes=0-9", "If-Range": condition}
            assert (await page.get(SOUND, headers=headers)).status_code == status


async def test_peaks_are_those_of_each_channel(tmp_path: Path) -> None:
    made, _ = recorded(tmp_path)
    async with made.page() as page:
        told = (await page.get(f"{SOUND}/peaks?points=4")).json()
    assert told == {"duration_s": 1.0, "channels": [[0.0, 0.0, 0.5, 0.5], [0.0, 0.0, 0.5, 0.5]]}


@pytest.mark.parametrize("points", ["0", "4097", "x"])
async def test_points_are_bounded(tmp_path: Path, points: str) -> None:
    made, _ = recorded(tmp_path)
    async with made.page() as page:
        assert (await page.get(f"{SOUND}/peaks?points={points}")).status_code == 422


@pytest.mark.parametrize("recording", ["2", "0", "01", "-1", "x", "..%2f1"])
async def test_a_recording_that_the_call_has_not_is_not_there(tmp_path: Path, recording: str) -> None:
    made, _ = recorded(tmp_path)
    async with made.page() as page:
        assert (await page.get(f"calls/{CALL}/recordings/{recording}")).status_code in (404, 422)


async def test_a_file_that_is_gone_is_said_so(tmp_path: Path) -> None:
    made, _ = recorded(tmp_path)
    os.unlink(made.kept.files[0].recordings[0].path)
    async with made.page() as page:
        assert (await page.get(SOUND)).status_code == 404
        assert (await page.get(f"{SOUND}/peaks")).status_code == 404
        assert (await page.get(f"calls/{CALL}")).json()["recordings"][0]["size"] is None


@pytest.mark.parametrize(
    "outside", ["/etc/passwd", "{folder}/../other/a.wav", "{folder}/link.wav", "{folder}", "a\0b"]
)
async def test_no_record_leads_out_of_the_recordings(tmp_path: Path, outside: str) -> None:
    folder, other = tmp_path / "recordings", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    (other / "a.wav").write_bytes(b"secret")
    (folder / "link.wav").symlink_to(other / "a.wav")
    made, _ = recorded(folder)
    file = made.kept.files[0]
    wrong = replace(file.recordings[0], path=outside.format(folder=folder))
    made.kept.files[0] = replace(file, recordings=(wrong,))
    async with made.page() as page:
        answer = await page.get(SOUND)
    assert answer.status_code == 404
    assert b"secret" not in answer.content


async def test_who_listens_is_logged(tmp_path: Path) -> None:
    made, _ = recorded(tmp_path)
    async with made.page() as page:
        with capture_logs() as logs:
            await page.get(SOUND, headers={"Range": "bytes=0-9"})
            await page.get(f"{SOUND}/peaks")
            await page.head(SOUND)
    read = [one for one in logs if one["event"] == "recording read"]
    assert [(one["by"], one["role"], one["call"], one["recording"], one["what"]) for one in read] == [
        ("this machine", "admin", CALL, "1", "sound"),
        ("this machine", "admin", CALL, "1", "peaks"),
    ]
    assert (read[0]["first"], read[0]["end"]) == (0, 10)


def sealed_site(folder: Path, change: int | None = None) -> tuple[Site, bytes]:
    """The same recording, sealed in pieces; `change`: an octet, counted from the end, that is not as it was."""
    made = site(folder)
    file = ended(1, folder)
    plain = Path(file.recordings[0].path)
    sound = plain.read_bytes()
    parts = [sound[at : at + 5000] for at in range(0, len(sound), 5000)]
    data = bytearray(sealed(parts, plain.name))
    if change is not None:
        data[-change] ^= 1
    path = plain.with_name(plain.name + ".sealed")
    path.write_bytes(data)
    made.kept.files.append(replace(file, recordings=(replace(file.recordings[0], path=str(path)),)))
    return made, sound


@pytest.mark.parametrize("asked", [None, "bytes=0-43", "bytes=4990-15010", "bytes=-10"])
async def test_a_sealed_recording_is_served_as_its_sound(tmp_path: Path, asked: str | None) -> None:
    made, whole = sealed_site(tmp_path)
    async with made.page() as page:
        answer = await page.get(SOUND, headers={} if asked is None else {"Range": asked})
        peaks = (await page.get(f"{SOUND}/peaks?points=4")).json()
        detail = (await page.get(f"calls/{CALL}")).json()
    part = {None: whole, "bytes=0-43": whole[:44], "bytes=4990-15010": whole[4990:15011]}.get(
        asked, whole[-10:]
    )
    assert (answer.status_code, answer.content) == (200 if asked is None else 206, part)
    assert answer.headers["content-type"] == "audio/wav"
    assert f"{CALL}-1.wav" in answer.headers["content-disposition"]
    assert peaks["channels"] == [[0.0, 0.0, 0.5, 0.5]] * 2
    assert detail["recordings"][0]["size"] == len(whole)


async def test_a_recording_that_was_tampered_with_is_not_served(tmp_path: Path) -> None:
    made, whole = sealed_site(tmp_path, change=20 + 16 + len("x"))
    async with made.page() as page:
        answer = await page.get(SOUND, headers={"Range": f"bytes={len(whole) - 9}-"})
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")


async def test_marks_are_told_with_the_recording(tmp_path: Path) -> None:
    made = site(tmp_path)
    file = ended(1, tmp_path)
    mark = RecordingMark(500, MarkKind.NOTE, "offer\x1b accepted", {"months": 24})
    made.kept.files.append(replace(file, recordings=(replace(file.recordings[0], marks=(mark,)),)))
    async with made.page() as page:
        (told,) = (await page.get(f"calls/{CALL}")).json()["recordings"][0]["marks"]
    assert told == {"at_s": 0.5, "kind": "note", "text": "offer\\x1b accepted", "fields": {"months": 24}}
