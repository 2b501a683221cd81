"""Media files, good and bad."""

from pathlib import Path

import pytest

from sessions.media import BadMedia, open_media
from tests.fixtures.media import HEIGHT, WIDTH, picture


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("missing", "no such file"),
        ("folder", "a folder"),
        ("empty", "is empty"),
        ("text", "video or audio"),
        ("truncated", "is the file whole"),
    ],
)
def test_bad_media_gives_one_clear_line(odd_media: dict[str, Path], name: str, sentence: str) -> None:
    with pytest.raises(BadMedia, match=sentence) as caught:
        open_media(odd_media[name])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["slow", "fast", "rotated", "variable", "no_audio", "no_video", "cut"])
def test_odd_media_is_read_to_its_end(odd_media: dict[str, Path], name: str) -> None:
    media = open_media(odd_media[name])
    assert (media.has_video, media.has_audio) == (name != "no_video", name != "no_audio")
    for there, frames in [(media.has_video, media.video), (media.has_audio, media.heard)]:
        times = [t for _, t in frames()] if there else [0.0, 2.7]
        assert times[0] == pytest.approx(0.0, abs=0.1)
        assert times == sorted(times)
        assert 2.0 <= times[-1] <= 3.6


def test_a_rotated_picture_comes_out_upright(odd_media: dict[str, Path]) -> None:
    frame, _ = next(open_media(odd_media["rotated"]).video())
    assert (frame.width, frame.height) == (WIDTH, HEIGHT)
    assert abs(frame.to_ndarray(format="rgb24").astype(int) - picture(0.0)).mean() < 6
