"""Sealed files: what goes in comes out, in any part, and for nobody without the key."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.sealed import (
    CHUNK,
    HEADER,
    TAG,
    BadKey,
    Damaged,
    SealedLog,
    SealedReader,
    SealedWriter,
    WrongKey,
    load_or_make_key,
    parse_key,
    read_log,
)

KEY, OTHER = bytes(range(32)), bytes(32)
SIZES = st.sampled_from(
    [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 1, 3 * CHUNK + 77]
) | st.integers(0, 3 * CHUNK)


def sealed(path: Path, data: bytes, step: int = CHUNK) -> Path:
    writer = SealedWriter(path, KEY, "video/webm")
    for at in range(0, len(data), step):
        writer.write(data[at : at + step])
    writer.finish()
    return path


def content(size: int) -> bytes:
    return bytes(n * 7 % 251 for n in range(size))


@given(SIZES, st.integers(0, 4 * CHUNK), st.integers(0, 4 * CHUNK), st.integers(1, 2 * CHUNK))
def test_any_part_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, size: int, start: int, length: int, step: int
) -> None:
    data = content(size)
    path = sealed(tmp_path_factory.mktemp("sealed") / "file", data, max(step, 500))
    with SealedReader(path, KEY) as reader:
        assert reader.size == size
        assert reader.label == "video/webm"
        assert reader.read(start, length) == data[start : start + length]


@given(SIZES, st.integers(0, CHUNK - 20), st.binary(min_size=1, max_size=20))
def test_the_beginning_may_be_written_over(
    tmp_path_factory: pytest.TempPathFactory, size: int, at: int, over: bytes
) -> None:
    data = bytearray(content(size + 2))
    at = min(at, size)
    writer = SealedWriter(tmp_path_factory.mktemp("sealed") / "file", KEY, "")
    writer.write(data)
    writer.seek(at)
    over = over[: len(data) - at]
    writer.write(over)
    writer.seek(0, 2)
    assert writer.tell() == len(data)
    writer.finish()
    data[at : at + len(over)] = over
    with SealedReader(writer._path, KEY) as reader:
        assert reader.read(0, len(data)) == bytes(data)


def test_nothing_can_be_read_without_the_key(tmp_path: Path) -> None:
    secret = b"what the candidate looks like, again and again. " * 4000
    path = sealed(tmp_path / "file", secret)
    stored = path.read_bytes()
    assert secret[:12] not in stored
    assert len(stored) == HEADER + len(secret) + TAG * (len(secret) // CHUNK + 1)
    with pytest.raises(WrongKey):
        SealedReader(path, OTHER)


def test_two_files_share_nothing(tmp_path: Path) -> None:
    one, other = (sealed(tmp_path / name, b"the same").read_bytes() for name in "ab")
    assert one[HEADER:] != other[HEADER:]


@pytest.mark.parametrize("spoilt", ["flipped", "cut at a piece", "cut in a piece", "swapped", "relabelled"])
def test_what_was_changed_is_noticed(tmp_path: Path, spoilt: str) -> None:
    path, piece = sealed(tmp_path / "file", content(2 * CHUNK + 5)), CHUNK + TAG
    stored = bytearray(path.read_bytes())
    match spoilt:
        case "flipped":
            stored[HEADER + 100] ^= 1
        case "cut at a piece":
            del stored[HEADER + piece :]
        case "cut in a piece":
            del stored[HEADER + 100 :]
        case "swapped":
            first, second = stored[HEADER : HEADER + piece], stored[HEADER + piece : HEADER + 2 * piece]
            stored[HEADER : HEADER + 2 * piece] = second + first
        case "relabelled":
            stored[HEADER - 24] ^= 1
    path.write_bytes(stored)
    with pytest.raises((Damaged, WrongKey)), SealedReader(path, KEY) as reader:
        reader.read(0, reader.size)


def test_a_half_written_file_is_not_in_its_place(tmp_path: Path) -> None:
    writer = SealedWriter(tmp_path / "file", KEY, "")
    writer.write(b"half")
    writer.close()
    assert not (tmp_path / "file").exists()


@given(st.lists(st.binary(max_size=300), max_size=6), st.integers(0, 4000))
def test_a_log_is_whole_up_to_where_it_was_cut(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], cut: int
) -> None:
    path = tmp_path_factory.mktemp("log") / "log"
    written = SealedLog(path, KEY)
    ends = []
    for piece in pieces:
        written.append(piece)
        ends.append(path.stat().st_size)
    written.close()
    assert list(read_log(path, KEY)) == pieces
    stored = path.read_bytes()
    path.write_bytes(stored[: HEADER + cut])
    whole = sum(end <= HEADER + cut for end in ends)
    assert list(read_log(path, KEY)) == pieces[:whole]
    with pytest.raises(WrongKey):
        next(read_log(path, OTHER))


def test_the_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "recording.key"
    key = load_or_make_key(path)
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_make_key(path) == key
    assert parse_key(path.read_text()) == key


@pytest.mark.parametrize("text", ["", "short", "ä" * 44, "A" * 44, "A" * 60])
def test_what_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadKey, match="32 random bytes in base64"):
        parse_key(text)
    path = tmp_path / "recording.key"
    path.write_text(text)
    with pytest.raises(BadKey, match=r"recording\.key holds no key"):
        load_or_make_key(path)
