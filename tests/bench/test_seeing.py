"""How the benchmark of seeing reads labels and what it makes of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from models.observations import Blink, FaceSample
from models.stage import VideoChunk
from server.commandline import Complaint
from tests.bench.haar import HaarStage
from tests.bench.labels import open_labels
from tests.bench.measure import Events, balanced_accuracy, event_counts, f1_score, recalls
from tests.bench.seeing import Seen, direction, pictures_late, run, summary, too_few
from tests.fixtures import media
from tests.models.vision.portrait import EMPTY, portrait


def labelled(folder: Path, clips: dict[str, Any]) -> Path:
    """The folder with these labels in it."""
    (folder / "labels.json").write_text(json.dumps({"clips": clips}))
    return folder


def test_f1_of_what_is_there_and_what_was_found() -> None:
    """Two hits, one missed, one false; nothing at all has none."""
    assert f1_score([(True, True), (True, True), (True, False), (False, True)]) == pytest.approx(4 / 6)
    assert f1_score([(False, False)]) is None


def test_balanced_accuracy_is_the_mean_of_both_recalls() -> None:
    """However many more there are of one."""
    assert balanced_accuracy([(True, True)] * 9 + [(False, True)]) == 0.5
    assert balanced_accuracy([(True, True), (True, False), (False, False)]) == 0.75
    assert balanced_accuracy([(True, True)]) is None
    assert recalls([("left", "left"), ("left", "front"), ("up", "up")]) == {"left": 0.5, "up": 1.0}


def test_events_are_paired_once_and_unclear_ones_left_out() -> None:
    """A hit, one missed, one found twice; near an unclear time neither counts."""
    there = [(1.0, 1.0), (3.0, 3.0), (5.0, 5.0)]
    found = [(1.1, 1.2), (1.15, 1.25), (4.9, 5.1)]
    assert event_counts(there, found, 0.2, [], 0.3) == Events(hits=2, missed=1, false=1)
    assert event_counts(there, found, 0.2, [1.4, 3.2], 0.3) == Events(hits=2, missed=0, false=0)
    assert event_counts(there, [(1.25, 1.3)], 0.2, [], 0.3) == Events(hits=0, missed=3, false=1)


@pytest.mark.parametrize(
    ("yaw", "pitch", "expected"),
    [
        (0, 0, "front"),
        (-11, 11, "front"),
        (20, 15, "right"),
        (-20, 0, "left"),
        (5, 20, "up"),
        (12, -30, "down"),
    ],
)
def test_directions_are_the_viewers(yaw: float, pitch: float, expected: str) -> None:
    """A nose that points to the picture's left is "left"."""
    assert direction(yaw, pitch) == expected


def test_a_step_is_told_half_way() -> None:
    """In pictures; what is not known tells nothing."""
    assert pictures_late([0.0, 0.0], [1.0, 1.0]) == 0
    assert pictures_late([None, 1.0], [0.9, None, 0.4, 0.0]) == 2
    assert pictures_late([0.0], [0.0]) is None
    assert pictures_late([0.0], [None]) is None


def test_labels_are_read_on_the_sessions_time_axis(tmp_path: Path) -> None:
    """A file whose first picture is late; unclear and unknown values say nothing."""
    media.write_clip(tmp_path / "late.mp4", 0, silent=True, times=[0.5 + n / 20 for n in range(30)])
    entry = {
        "face": [[0.5, 1.0, "yes"], [1.0, 1.5, "unclear"], [1.5, 2.0, "no"]],
        "blinks": [[0.8, "blink"], [1.21, "long"]],
        "blinks_unclear": [1.9],
        "eyes_closed": [[1.2, 1.7]],
    }
    (clip,), skipped = open_labels(labelled(tmp_path, {"late.mp4": entry}))
    begin = clip.media.start
    assert [clip.label("face", t - begin) for t in (0.6, 1.2, 1.6, 2.1)] == ["yes", None, "no", None]
    assert clip.label("head", 0.1) is None
    assert clip.blinks == [(0.8 - begin,) * 2, (1.2 - begin, 1.7 - begin)]
    assert clip.blinks_unclear == [1.9 - begin]
    assert not skipped
    shown = [t for _, t in clip.frames(10)]
    assert shown == pytest.approx([shown[0] + n / 10 for n in range(15)], abs=0.01)


def test_clips_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    """Those left out on purpose are not."""
    media.write_clip(tmp_path / "good.mp4", 1, silent=True)
    media.write_wav(tmp_path / "sound.wav", 1.0)
    (tmp_path / "bad.mp4").write_bytes(b"no film")
    names = ("good.mp4", "bad.mp4", "lost.mp4", "sound.wav")
    entries: dict[str, Any] = {name: {} for name in names}
    entries["out.mp4"] = {"use": False}
    entries["odd.mp4"] = {"face": [[0, 1]]}
    (tmp_path / "odd.mp4").write_bytes((tmp_path / "good.mp4").read_bytes())
    clips, skipped = open_labels(labelled(tmp_path, entries))
    assert [clip.name for clip in clips] == ["good.mp4"]
    for name in ("bad.mp4", "lost.mp4", "sound.wav", "odd.mp4"):
        (line,) = (line for line in skipped if name in line)
        assert "\n" not in line
    assert len(skipped) == 4


@pytest.mark.parametrize("labels", [None, "not JSON", "[]", '{"clips": []}', '{"clips": {"no.mp4": {}}}'])
def test_a_folder_without_clips_is_refused_in_one_line(tmp_path: Path, labels: str | None) -> None:
    """The line says which file it is about."""
    if labels is not None:
        (tmp_path / "labels.json").write_text(labels)
    with pytest.raises(Complaint, match=tmp_path.name) as caught:
        open_labels(tmp_path)
    assert "\n" not in caught.value.message


def test_unsure_pictures_count_neither_way_but_are_told(tmp_path: Path) -> None:
    """Of four pictures with eye contact one is right, one wrong, and two are unsure."""
    media.write_clip(tmp_path / "a.mp4", 1, silent=True)
    entry = {"camera": [[0, 1, "yes"], [1, 2, "no"]], "blinks": [[0.5, "blink"]]}
    (clip,), _ = open_labels(labelled(tmp_path, {"a.mp4": entry}))
    told = [True, False, None, None, False]
    seen = Seen(clip)
    seen.take([FaceSample(n / 4, 1, on_camera=state) for n, state in enumerate(told)])
    seen.take([Blink(0.4, 0.6)])
    figures = summary([seen])
    assert figures["camera_balanced_accuracy"] == 0.75
    assert figures["unsure"]["camera"] == 0.4
    assert figures["blinks"] == {"precision": 1.0, "recall": 1.0}
    assert figures["labelled"]["camera"] == {"yes": 4, "no": 1}
    assert figures["head_accuracy"] is figures["cpu_ms"]["face"] is None
    assert "blinks: 1" in too_few(figures["labelled"])


def test_the_baseline_sees_a_face_from_the_front() -> None:
    """And none where there is none."""
    stage = HaarStage()
    there, *_ = stage.feed(VideoChunk(0.0, portrait()))
    gone, *_ = stage.feed(VideoChunk(0.1, EMPTY))
    assert isinstance(there, FaceSample)
    assert (there.faces, there.on_camera) == (1, True)
    assert isinstance(gone, FaceSample)
    assert gone.faces == 0


def test_without_a_folder_a_photograph_is_seen() -> None:
    """All figures are there, for both ways of seeing and for each clip."""
    figures = run(None)
    assert figures["face_f1"] > 0.98
    assert figures["lag_ms"]["face"] == pytest.approx(figures["cpu_ms"]["face"])
    assert figures["camera_balanced_accuracy"] is None
    keys = {
        "face_f1",
        "camera_balanced_accuracy",
        "smile_balanced_accuracy",
        "head_accuracy",
        "blinks",
        "cpu_ms",
    }
    for each in (figures, figures["baseline"]):
        assert keys < each.keys()
        assert keys < each["per_clip"]["photograph.mp4"].keys()
