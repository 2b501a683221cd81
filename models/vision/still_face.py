"""Tells a picture of a face, held before the camera, from a face.

The face in a photograph moves with the photograph and in no other way: once what the mesh makes of where it
lies and how it is turned is taken away, lids, lips and the corners of the mouth stand still. A person who
only listens blinks, and hardly keeps their lips still for ten seconds. A film of a person moves as the person
does, and is not told.
"""

import math
from collections import deque

import numpy as np
import numpy.typing as npt

from models.vision import landmarks

WINDOW_S, LONGEST_S = 10.0, 30.0
"""Seconds that are looked at together, and at most where pictures come seldom."""
EVERY_S = 1.0
"""Seconds between two looks."""
CLOSEST_S = 0.095
"""Pictures nearer to the one before are left out."""
LEAST = 45
"""Pictures that are looked at together, at least: with fewer a blink is missed too easily."""
LIMITS = np.array([0.018, 0.09, 0.014])
"""What lids (eye aspect ratio), `landmarks.lip_corners` and the width of the mouth (in distances
between the eyes) deviate by at most, as standard deviations, in a picture of a face. In 19 photographs that
were moved, tilted and shown with noise they reached 0.8 of these; in ten seconds of seven people one of them
was 2.3 times as much or more, and 1.4 times where the pictures in which they blink were taken out."""
PENALTY = 5.0
"""Keeps what is taken away small where the face hardly moves (ridge regression)."""


class StillFace:
    """Takes the mesh of one face, picture after picture."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, npt.NDArray[np.float64]]] = deque()
        self._looked_at = -math.inf
        self.on = False
        """Whether what was seen last is a picture of a face."""

    def add(
        self, t: float, face: landmarks.Points, turn: tuple[float, float, float], lip_corners: float
    ) -> bool:
        """Whether it is a picture, from a mesh, its yaw, pitch and roll, and `landmarks.lip_corners`."""
        if self._seen and t - self._seen[-1][0] < CLOSEST_S:
            return self.on
        self._seen.append((t, _measures(face, turn, lip_corners)))
        while t - self._seen[0][0] > (WINDOW_S if len(self._seen) > LEAST else LONGEST_S):
            self._seen.popleft()
        whole = t - self._seen[0][0] >= WINDOW_S - EVERY_S and len(self._seen) >= LEAST
        if not whole:
            self.on = False
        elif t - self._looked_at >= EVERY_S:
            self._looked_at = t
            rows = np.array([row for _, row in self._seen])
            self.on = bool((deviations(rows[:, 3:], rows[:, :3]) <= LIMITS).all())
        return self.on

    def restart(self) -> None:
        """The face is gone: the next may be another."""
        self._seen.clear()
        self.on = False


def _measures(
    face: landmarks.Points, turn: tuple[float, float, float], lip_corners: float
) -> npt.NDArray[np.float64]:
    """What stands still in a picture of a face, then where it lies, in numbers of about one size."""
    eyes, mouth = landmarks.eyes(face).tolist(), landmarks.mouth(face).tolist()
    apart = max(math.dist(eyes[3], eyes[0]), 1e-9)
    wide = math.dist(mouth[1], mouth[0]) / apart
    x, y = (5 * sum(each) / len(eyes) / apart for each in zip(*eyes, strict=True))
    lids = sum(landmarks.eye_openness(face)) / 2
    return np.array([lids, lip_corners, wide, *turn, 50 * math.log(apart), x, y])


def deviations(places: npt.NDArray[np.float64], values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Standard deviations of values, by column, from what follows from the places, to the second order.

    Of the places, yaw, pitch and roll are the first columns.
    """
    moved = places - places.mean(axis=0)
    terms = np.column_stack(
        [np.ones(len(moved)), moved, moved[:, :3] ** 2 / 10, moved[:, 0] * moved[:, 1] / 10]
    )
    penalty = PENALTY * np.eye(terms.shape[1])
    penalty[0, 0] = 0.0
    left = values - terms @ np.linalg.solve(terms.T @ terms + penalty, terms.T @ values)
    result: npt.NDArray[np.float64] = np.sqrt((left**2).sum(axis=0) / (len(left) - terms.shape[1]))
    return result
