"""How well pictures are seen, next to a plain way of doing it (tests.bench.haar).

Any folder will do that has a `labels.json` as tests.bench.labels describes. The clips go through the stages
of a session's vision lane, with the pictures that the lane would look at by the files' own time stamps. Each
picture analysed is compared with the label at its time; what is labelled unclear is left out. Everything but
the CPU time is the same at every run.

`face_f1`: a face is there. `camera_balanced_accuracy`, `smile_balanced_accuracy`: the mean of the shares of
"yes" and of "no" that were told right, over all pictures of all clips; None where one of the two is not
labelled. `head_accuracy`: share of pictures whose head direction (`direction`) was told right, by direction
in `head_recall`. `unsure`: shares of labelled pictures in which nothing was said; they count as neither right
nor wrong. `blinks`: closures, paired one to one where they overlap or are no more than 0.2 s apart; what is
within 0.3 s of an unclear one counts neither way. `labelled`: how many pictures, or blinks, each figure rests
on; in `too_few_labels` what is less than 3 s, or 20 blinks.

`cpu_ms`: mean CPU time of a picture, all threads of the process together. Decoding and scaling do not count,
nor does the first picture of each clip, for which the networks are made ready; pictures are scaled just
before they are looked at, as in a session. Each picture's time is the least of five, some time apart: the
same work takes longer where others have the machine, and never less. `cpu_ms_of_all` is the mean of all five
times; the baseline is measured once. `core_share`: of a core, that a session's pictures take at their rates.
`beside_mediapipe`: median CPU time of each lane and of the networks alone in mediapipe's own runtime (face
mesh with irises, pose of complexity 1), taking turns on the same pictures.

`lag_ms`: from the first picture analysed that shows a change to the observation that tells it. The change is
a step between two still pictures, the two of one clip that were told apart most: one is shown for 2 s, then
the other, then the first again. A value tells it when it is half-way to where it settles; the slower of both
ways counts, plus the CPU time of the picture; the median of the three clips in which a signal differs most.
`blink` is from the first picture with open eyes again: a blink is told when it is over. The wait for the next
picture, half a period on average (50 ms for the face, 250 ms for the posture), comes on top, and is the same
for any way of seeing.

Without a folder, a photograph that comes and goes is all there is to see.
"""

import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from mediapipe.python.solutions.face_mesh import FaceMesh
from mediapipe.python.solutions.pose import Pose

from models.observations import Blink, FaceSample, Observation, PostureSample
from models.stage import Stage, VideoChunk
from models.vision.face import FaceStage
from models.vision.pictures import Image
from models.vision.posture import PostureStage
from scoring.evidence import SMILE
from sessions.intake import Cadence, video_chunk
from sessions.perception import Vision
from tests.bench.haar import HaarStage
from tests.bench.labels import VALUES, Clip, open_labels
from tests.bench.measure import (
    Events,
    balanced_accuracy,
    event_counts,
    f1_score,
    ratio,
    recalls,
)
from tests.bench.running import say, show
from tests.fixtures import media

TURNED_YAW, TURNED_PITCH = 12.5, 15.0
"""Degrees from which on a head is turned. Labels call less than about 10 front, 10 to 15 front or unclear,
and more turned: the line lies in the middle of what they leave open, and at its end up and down, where
cameras stand higher or lower than the face. With 14 for both all nine clips at hand would be told right; that
is the clips' own number, and no other's."""
BLINK_WITHIN, UNCLEAR_WITHIN = 0.2, 0.3
FEW_PICTURES, FEW_BLINKS = 30, 20
"""With fewer labels than these a figure says little."""
DECODED_S = 10
"""Seconds of pictures that are decoded before they are analysed, so that CPU time is of the analysis."""
TIMES = 5
"""How often each picture's CPU time is measured."""
TURNS = 100
"""Pictures on which lanes and mediapipe take turns."""
STEPS = 3
"""Clips in which the lag of a signal is measured."""
HELD_S = 2.0
"""Seconds that a still picture is held in measuring lags."""
SHUT_S = 0.2

Value = Callable[[Any], float | None]
FACE_SIGNALS: dict[str, Value] = {
    "face": lambda sample: float(sample.faces > 0),
    "camera": lambda sample: None if sample.on_camera is None else float(sample.on_camera),
    "smile": lambda sample: sample.smile,
    "head": lambda sample: sample.yaw,
    "gaze": lambda sample: sample.gaze_x,
    "eyes": lambda sample: sample.eye_openness,
}
POSTURE_SIGNALS: dict[str, Value] = {
    "posture": lambda sample: float(sample.present),
    "lean": lambda sample: sample.lean,
    "shoulders": lambda sample: sample.shoulder_tilt,
}


def direction(yaw: float, pitch: float) -> str:
    """The head's direction as the labels name it, from degrees as in `FaceSample`: "front" within both
    limits, else the way it is turned more, in parts of the limit ("left" is the image's)."""
    across, up = abs(yaw) / TURNED_YAW, abs(pitch) / TURNED_PITCH
    if max(across, up) < 1:
        return "front"
    if across >= up:
        return "right" if yaw > 0 else "left"
    return "up" if pitch > 0 else "down"


@dataclass
class Extremes:
    """The two pictures of one clip in which a signal differs most."""

    low: tuple[float, Image]
    high: tuple[float, Image]

    @property
    def range(self) -> float:
        """How much it differs."""
        return self.high[0] - self.low[0]

    def add(self, value: float, image: Image) -> None:
        """Take the signal's value in a picture."""
        if value < self.low[0]:
            self.low = value, image
        if value > self.high[0]:
            self.high = value, image


Lane = tuple[str, Stage[VideoChunk], Cadence | None]
"""Its name, what looks, and at which pictures where not at all."""


@dataclass
class Seen:
    """What one way of seeing made of a clip."""

    clip: Clip
    faces: list[FaceSample] = field(default_factory=list)
    blinks: list[Blink] = field(default_factory=list)
    cpu_s: list[dict[str, list[float]]] = field(default_factory=list)
    """Of each time that it was watched, of each picture, by lane."""
    extremes: dict[str, Extremes] = field(default_factory=dict)

    def watch(self, *lanes: Lane) -> None:
        """Let the stages of lanes see the clip."""
        self.cpu_s.append({"face": [], "posture": []})
        for lane, stage, picture in _steps(self.clip, lanes):
            began = time.process_time()
            observed = list(stage.feed(picture))
            self.cpu_s[-1][lane].append(time.process_time() - began)
            self.take(observed, picture.image)
        for _, stage, _ in lanes:
            self.take(stage.finish())

    def take(self, observations: Iterable[Observation], image: Image | None = None) -> None:
        """Keep what was observed, in a picture or at the end."""
        for each in observations:
            match each:
                case Blink():
                    self.blinks.append(each)
                case FaceSample():
                    self.faces.append(each)
                    self._note(FACE_SIGNALS, each, image)
                case PostureSample():
                    self._note(POSTURE_SIGNALS, each, image)

    def _note(
        self, signals: dict[str, Value], sample: FaceSample | PostureSample, image: Image | None
    ) -> None:
        for name, signal in signals.items():
            value = _open_eyed(sample) if name == "camera" else signal(sample)
            if value is None or image is None:
                continue
            if name in self.extremes:
                self.extremes[name].add(value, image)
                continue
            self.extremes[name] = Extremes((value, image), (value, image))
            if name in ("face", "posture"):
                # a picture of nobody is at hand where a clip has none
                self.extremes[name].add(0.0, np.zeros_like(image))


def _open_eyed(sample: Any) -> float | None:
    """Eye contact from -1 to 1, the further from 0 the wider the eyes are open: lids take their own time."""
    if sample.on_camera is None or sample.eye_openness is None:
        return None
    return float(sample.eye_openness if sample.on_camera else -sample.eye_openness)


def run(data: Path | None) -> dict[str, Any]:
    """Measure; `data` is a folder of clips."""
    with labelled_clips(data) as (clips, skipped):
        return _figures(clips, skipped)


@contextmanager
def labelled_clips(data: Path | None) -> Iterator[tuple[list[Clip], list[str]]]:
    """The clips of a folder, or without one the photograph, and why others were left out, which is said."""
    with tempfile.TemporaryDirectory() as name:
        clips, skipped = open_labels(data or _photograph(Path(name)))
        for line in skipped:
            say(f"left out: {line}")
        yield clips, skipped


def _figures(clips: Sequence[Clip], skipped: Sequence[str]) -> dict[str, Any]:
    began = time.monotonic()
    ours: list[Seen] = []
    plain: list[Seen] = []
    for clip in clips:
        say(f"{clip.name} …")
        for known, watch in ((ours, watched), (plain, _plain)):
            known.append(watch(clip))
            _keep_widest(known)
    for n in range(1, TIMES):
        say(f"CPU time, {n + 1} of {TIMES} …")
        for seen in ours:
            seen.cpu_s += watched(seen.clip).cpu_s
    figures = {
        **summary(ours),
        "lag_ms": _lags(ours, FaceStage),
        "per_clip": {seen.clip.name: summary([seen]) for seen in ours},
        "baseline": {
            **summary(plain),
            "lag_ms": _lags(plain, HaarStage),
            "per_clip": {seen.clip.name: summary([seen]) for seen in plain},
        },
        "clips": len(clips),
        "skipped": skipped,
    }
    figures["beside_mediapipe"] = beside_mediapipe(clips[0])
    figures["too_few_labels"] = too_few(figures["labelled"])
    figures["took_s"] = time.monotonic() - began
    show(figures)
    for line in figures["too_few_labels"]:
        say(f"too few labels: {line}")
    return figures


def _photograph(folder: Path) -> Path:
    """A labelled clip of a face that comes and goes."""
    away = [(2.0, 4.0), (6.0, 8.0)]
    clip = media.write_clip(folder / "photograph.mp4", 10, absent=away, silent=True)
    edges = [0.0, *(edge for span in away for edge in span), 10.0]
    face = [[a, b, "no" if (a, b) in away else "yes"] for a, b in pairwise(edges)]
    (folder / "labels.json").write_text(json.dumps({"clips": {clip.name: {"face": face}}}))
    return folder


def watched(clip: Clip) -> Seen:
    """What the vision lane makes of a clip."""
    seen, vision = Seen(clip), Vision()
    seen.watch(("face", vision.face, None), ("posture", vision.posture, vision.posture_cadence))
    return seen


def _plain(clip: Clip) -> Seen:
    """What the baseline makes of it."""
    seen = Seen(clip)
    seen.watch(("face", HaarStage(), None))
    return seen


def _steps(clip: Clip, lanes: Sequence[Lane]) -> Iterator[tuple[str, Stage[VideoChunk], VideoChunk]]:
    """Which stage is to look at which picture, in turn."""
    coming = clip.frames(Vision.fps)
    while frames := list(islice(coming, round(DECODED_S * Vision.fps))):
        for frame, t in frames:
            picture = video_chunk(frame, t)
            for name, stage, cadence in lanes:
                if cadence is None or cadence.due(t):
                    yield name, stage, picture


# --- figures


def summary(seen: Sequence[Seen]) -> dict[str, Any]:
    """The figures of one way of seeing, of all pictures together."""
    pairs: dict[str, list[tuple[str, str | None]]] = {track: [] for track in VALUES}
    for one in seen:
        for sample in one.faces:
            for track, told in _told(sample).items():
                label = one.clip.label(track, sample.t)
                if label is not None:
                    pairs[track].append((label, told))
    sure = {
        track: [(label, told) for label, told in both if told is not None] for track, both in pairs.items()
    }
    yes = {track: [(label == "yes", told == "yes") for label, told in both] for track, both in sure.items()}
    heads = sure["head"]
    events = [_blinks(one) for one in seen]
    hits, missed, false = (sum(column) for column in zip(*events, strict=True))
    cost = cpu_ms(seen)
    return {
        "face_f1": f1_score(yes["face"]),
        "camera_balanced_accuracy": balanced_accuracy(yes["camera"]),
        "smile_balanced_accuracy": balanced_accuracy(yes["smile"]),
        "head_accuracy": ratio(sum(label == told for label, told in heads), len(heads)),
        "head_recall": recalls(heads),
        "blinks": {"precision": ratio(hits, hits + false), "recall": ratio(hits, hits + missed)},
        "unsure": {
            track: ratio(len(pairs[track]) - len(sure[track]), len(pairs[track]))
            for track in ("camera", "smile", "head")
        },
        "cpu_ms": cost,
        "cpu_ms_of_all": cpu_ms(seen, np.mean),
        "core_share": (Vision.fps * (cost["face"] or 0) + PostureStage.fps * (cost["posture"] or 0)) / 1000,
        "labelled": {
            **{
                track: {value: Counter(label for label, _ in both)[value] for value in VALUES[track]}
                for track, both in pairs.items()
            },
            "blinks": hits + missed,
        },
    }


def _told(sample: FaceSample) -> dict[str, str | None]:
    """What a sample says of each track; None where it is unsure."""
    turned = None if sample.yaw is None or sample.pitch is None else direction(sample.yaw, sample.pitch)
    return {
        "face": _yes(sample.faces > 0),
        "camera": None if sample.on_camera is None else _yes(sample.on_camera),
        "smile": None if sample.smile is None else _yes(sample.smile >= SMILE),
        "head": turned,
    }


def _yes(state: bool) -> str:
    return "yes" if state else "no"


def _blinks(seen: Seen) -> Events:
    return event_counts(
        seen.clip.blinks,
        [(blink.start, blink.end) for blink in seen.blinks],
        BLINK_WITHIN,
        seen.clip.blinks_unclear,
        UNCLEAR_WITHIN,
    )


def cpu_ms(seen: Sequence[Seen], of: Callable[[Sequence[float]], float] = min) -> dict[str, float | None]:
    """Mean CPU time of a picture in each lane but the first of each clip; None for a lane that saw none.

    `of` makes one time of those of a picture.
    """
    lanes = {}
    for lane in ("face", "posture"):
        pictures = [zip(*(times[lane][1:] for times in one.cpu_s), strict=True) for one in seen]
        each = [of(times) for picture in pictures for times in picture]
        lanes[lane] = 1000 * float(np.mean(each)) if each else None
    return lanes


def beside_mediapipe(clip: Clip) -> dict[str, dict[str, float]]:
    """CPU time of each lane next to mediapipe's network for it, on the first `TURNS` pictures of a clip."""
    with FaceMesh(max_num_faces=1, refine_landmarks=True) as mesh, Pose(model_complexity=1) as pose:
        return {
            "face": _turns(clip, FaceStage(), mesh, Vision.fps),
            "posture": _turns(clip, PostureStage(), pose, PostureStage.fps),
        }


def _turns(clip: Clip, stage: Stage[VideoChunk], network: Any, fps: float) -> dict[str, float]:
    ours: list[float] = []
    theirs: list[float] = []
    for frame, t in list(islice(clip.frames(fps), TURNS)):
        picture = video_chunk(frame, t)
        began = time.process_time()
        list(stage.feed(picture))
        between = time.process_time()
        network.process(picture.image)
        ours.append(between - began)
        theirs.append(time.process_time() - between)
    # the first pictures are looked for where the later ones are followed
    ours_ms, theirs_ms = (1000 * float(np.median(times[2:])) for times in (ours, theirs))
    return {"ours_ms": ours_ms, "mediapipe_ms": theirs_ms, "ratio": ours_ms / theirs_ms}


def too_few(labelled: dict[str, Any]) -> list[str]:
    """Which figures rest on too little, in words."""
    lines = []
    for track, counts in labelled.items():
        if track == "blinks":
            if counts < FEW_BLINKS:
                lines.append(f"blinks: {counts}")
            continue
        few = [f"{value} {count}" for value, count in counts.items() if count < FEW_PICTURES]
        if few:
            lines.append(f"{track}: pictures {', '.join(few)}")
    return lines


# --- lags


def _lags(seen: Sequence[Seen], face: Callable[[], Stage[VideoChunk]]) -> dict[str, float | None]:
    """The lag of each signal, in ms; None where no two pictures tell it."""
    face_ms, posture_ms = (ms or 0.0 for ms in cpu_ms(seen).values())
    faces, postures = partial(_lag, face, Vision.fps), partial(_lag, PostureStage, PostureStage.fps)
    lags = {name: _median(seen, name, partial(faces, value), face_ms) for name, value in FACE_SIGNALS.items()}
    lags["blink"] = _median(seen, "eyes", partial(_blink_lag, face), face_ms)
    for name, value in POSTURE_SIGNALS.items():
        # the lane sees the face before the posture
        lags[name] = _median(seen, name, partial(postures, value), face_ms + posture_ms)
    return lags


def _median(
    seen: Sequence[Seen], name: str, lag: Callable[[Extremes], float | None], cpu_ms: float
) -> float | None:
    lags = [lag(one.extremes[name]) for one in seen if name in one.extremes]
    known = [each for each in lags if each is not None]
    return float(np.median(known)) + cpu_ms if known else None


def _keep_widest(seen: Sequence[Seen]) -> None:
    """Let go of all pictures but those of the clips in which a signal differs most."""
    for name in {name for one in seen for name in one.extremes}:
        there = sorted(
            (one for one in seen if name in one.extremes), key=lambda one: one.extremes[name].range
        )
        for one in there[:-STEPS]:
            del one.extremes[name]


def _observed(
    stage: Stage[VideoChunk], fps: float, runs: Sequence[tuple[Image, int]]
) -> list[list[list[Observation]]]:
    """For each run of a still picture, what was observed at each showing."""
    observed: list[list[list[Observation]]] = []
    shown = 0
    for image, times in runs:
        observed.append([list(stage.feed(VideoChunk((shown + n) / fps, image))) for n in range(times)])
        shown += times
    list(stage.finish())
    return observed


def _lag(make: Callable[[], Stage[VideoChunk]], fps: float, value: Value, step: Extremes) -> float | None:
    held = round(HELD_S * fps)
    runs = [(step.low[1], held), (step.high[1], held), (step.low[1], held)]
    values = [
        [value(next(each for each in told if isinstance(each, FaceSample | PostureSample))) for told in run]
        for run in _observed(make(), fps, runs)
    ]
    late = [pictures_late(before, after) for before, after in pairwise(values)]
    return None if None in late else 1000 * max(filter(None, late), default=0) / fps


def pictures_late(before: Sequence[float | None], after: Sequence[float | None]) -> int | None:
    """How many pictures after a step its values are half-way from where they had settled to where they will;
    None where that is the same, or nothing."""
    start, end = before[-1], after[-1]
    if start is None or end is None or start == end:
        return None
    return next(
        n for n, value in enumerate(after) if value is not None and (value - start) / (end - start) >= 0.5
    )


def _blink_lag(make: Callable[[], Stage[VideoChunk]], eyes: Extremes) -> float | None:
    held, shut = round(HELD_S * Vision.fps), round(SHUT_S * Vision.fps)
    runs = [(eyes.high[1], held), (eyes.low[1], shut), (eyes.high[1], held)]
    reopened = _observed(make(), Vision.fps, runs)[-1]
    late = next((n for n, told in enumerate(reopened) if any(isinstance(each, Blink) for each in told)), None)
    return None if late is None else 1000 * late / Vision.fps
