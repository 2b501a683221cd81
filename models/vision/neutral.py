"""What is neutral for one person before one camera: how they sit and look when nothing is asked of them."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from statistics import median
from typing import Any

from models.observations import FaceSample, Observation, PostureSample

LEAST_FACES = 10
"""Samples of a face that its neutral takes: a second."""
LEAST_POSTURES = 3
SHUT = 0.15
"""Eye aspect ratio below which lids are shut in anybody's eye: narrow eyes have 0.2 and more."""
SMILING = -0.6
"""Lip corners from which on somebody smiles, half a centimetre above the usual rest. Nine people at rest had
-1.3 to -0.95 in the median, and those who smiled -0.4 to 0.6."""


@dataclass(frozen=True, slots=True)
class Neutral:
    """Medians over a few seconds of looking into the camera. None is not known: what is usual is taken.

    Units as in `FaceSample` and `PostureSample`.
    """

    yaw: float | None = None
    pitch: float | None = None
    gaze_x: float | None = None
    gaze_y: float | None = None
    eye_openness: float | None = None
    lip_corners: float | None = None
    brow_height: float | None = None
    shoulder_tilt: float | None = None
    lean: float | None = None
    head_y: float | None = None
    distance: float | None = None

    def to_json(self) -> dict[str, float | None]:
        """As a JSON object, which `from_json` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Neutral":
        """What `to_json` wrote; fields that this version does not know are left out.

        Raises ValueError for a value that is no number.
        """
        known = {f.name: data[f.name] for f in fields(cls) if data.get(f.name) is not None}
        if not all(isinstance(value, int | float) and abs(value) < 1000 for value in known.values()):
            raise ValueError("What is neutral must be given in numbers.")
        return cls(**{name: float(value) for name, value in known.items()})


def neutral_of(samples: Iterable[Observation]) -> Neutral:
    """The neutral of a person who looked into the camera and sat as they will sit.

    Faces seen badly, closed eyes and bodies partly out of the picture are left out; with too few samples of
    face or posture (`LEAST_FACES`, `LEAST_POSTURES`) that half stays unknown. So does the mouth of somebody
    who smiled, lest smiling become their norm. The samples must come from stages that have no neutral yet.
    """
    kept = list(samples)
    faces = [each for each in kept if isinstance(each, FaceSample) and _is_plain(each)]
    postures = [each for each in kept if isinstance(each, PostureSample) and each.in_frame]
    of_face = ("yaw", "pitch", "gaze_x", "gaze_y", "eye_openness", "lip_corners", "brow_height")
    of_posture = ("shoulder_tilt", "lean", "head_y", "distance")
    found: dict[str, float | None] = {}
    if len(faces) >= LEAST_FACES:
        found |= {name: _median(faces, name) for name in of_face}
        if smiled(faces):
            found["lip_corners"] = None
    if len(postures) >= LEAST_POSTURES:
        found |= {name: _median(postures, name) for name in of_posture}
    return Neutral(**found)


def smiled(faces: Iterable[FaceSample]) -> bool:
    """Whether somebody smiled most of the time."""
    known = [each.lip_corners for each in faces if each.lip_corners is not None]
    return bool(known) and median(known) > SMILING


def eyes_shut(face: FaceSample) -> bool:
    """Whether the lids are closed, in whomever's face."""
    return face.eye_openness is not None and face.eye_openness < SHUT


def _is_plain(face: FaceSample) -> bool:
    # Lids that are closing leave `on_camera` unsure, and so does a picture that hides the eyes.
    seen = face.faces == 1 and face.problem is None and face.on_camera is not None
    return seen and not eyes_shut(face)


def _median(samples: Sequence[Observation], name: str) -> float | None:
    known = [value for value in (getattr(each, name) for each in samples) if value is not None]
    return round(median(known), 4) if known else None
