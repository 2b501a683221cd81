"""A folder of clips with what is to be seen in them: `labels.json`.

Its `clips` gives for each file the tracks `face`, `camera` and `smile` ("yes", "no"), and `head` ("front",
"left", "right", "up", "down", from the viewer's side), as [start, end, value] in seconds of the file's own
stamps; any other value, such as "unclear", says nothing. `blinks` are [time, kind], `blinks_unclear` times,
`eyes_closed` the [start, end] of the blinks of kind "long". What is not there says nothing, and a clip with
`"use": false` is left out.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from server.commandline import Complaint
from sessions.intake import Cadence
from sessions.media import BadMedia, MediaFile, open_media
from tests.bench.measure import Span
from tests.bench.running import folder_with

VALUES = {
    "face": ("yes", "no"),
    "camera": ("yes", "no"),
    "smile": ("yes", "no"),
    "head": ("front", "left", "right", "up", "down"),
}
"""The tracks, and what they can say."""
FRAMES_S = 0.2
"""Seconds by which the label of a long closure and its stretch may differ."""

Frame = tuple[av.VideoFrame, float]
"""A frame as it was decoded, and its time."""


@dataclass(frozen=True)
class Clip:
    """A film and what is to be seen in it; times are seconds from its beginning, as a session's are."""

    name: str
    media: MediaFile
    tracks: dict[str, list[tuple[float, float, str]]]
    blinks: list[Span]
    """Closures; all but the long ones begin and end at the same time, when the lids are most closed."""
    blinks_unclear: list[float]

    def label(self, track: str, t: float) -> str | None:
        """What there is to be seen at `t`; None where that is unclear or not said."""
        value = next((value for start, end, value in self.tracks[track] if start <= t < end), None)
        return value if value in VALUES[track] else None

    def frames(self, fps: float) -> Iterator[Frame]:
        """The frames that a session of `fps` would look at, with their times."""
        cadence = Cadence(fps)
        return ((frame, t) for frame, t in self.media.video() if cadence.due(t))


def open_labels(data: Path) -> tuple[list[Clip], list[str]]:
    """The clips of `data` or of `data/video`, and why others were left out.

    Raises Complaint when there is no labels.json, or no clip that can be used.
    """
    root = folder_with(data, "video", "labels.json")
    clips: list[Clip] = []
    skipped: list[str] = []
    for name, entry in _entries(root / "labels.json").items():
        if entry.get("use") is False:
            continue
        try:
            clips.append(_clip(name, root / name, entry))
        except BadMedia as error:
            skipped.append(str(error))
        except (TypeError, ValueError) as error:
            skipped.append(f"{name}: its labels cannot be read ({error})")
    if not clips:
        raise Complaint(f"{root}: no clip can be used; {'; '.join(skipped) or 'labels.json names none'}")
    return clips, skipped


def _entries(path: Path) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Complaint(f"{path}: cannot be read as JSON ({error})") from None
    entries = found.get("clips") if isinstance(found, dict) else None
    if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
        raise Complaint(f'{path}: is no object with "clips" by file')
    return entries


def _clip(name: str, path: Path, entry: dict[str, Any]) -> Clip:
    media = open_media(path)
    if not media.has_video:
        raise BadMedia(f"{path}: there is no picture in this file")
    # a session begins with the first picture or sound, the file's stamps may not
    begin = media.start
    tracks = {
        track: [(start - begin, end - begin, str(value)) for start, end, value in entry.get(track) or ()]
        for track in VALUES
    }
    closed = [(start - begin, end - begin) for start, end in entry.get("eyes_closed") or ()]
    blinks = [_closure(t - begin, closed if kind == "long" else []) for t, kind in entry.get("blinks") or ()]
    return Clip(name, media, tracks, blinks, [t - begin for t in entry.get("blinks_unclear") or ()])


def _closure(t: float, closed: list[Span]) -> Span:
    """The stretch of closed eyes that is labelled at `t`, give or take `FRAMES_S`; else just that time."""
    around = (span for span in closed if span[0] - FRAMES_S <= t <= span[1] + FRAMES_S)
    return next(around, (t, t))
