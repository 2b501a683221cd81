"""The expression that a face shows, twice a second: an estimate, by a configured model or else by rules.

What a face shows is not what a person feels (Barrett et al. 2019, "Emotional expressions reconsidered"), and
judging candidates by it is forbidden in some places. So this stage runs only where the candidate of a private
practice switched it on, and nothing that it says enters a score.
"""

import base64
from collections import Counter
from collections.abc import Iterable
from typing import ClassVar, Literal

import cv2
import numpy as np
import numpy.typing as npt

from models.observations import (
    EXPRESSIONS,
    Expression,
    ExpressionPicture,
    ExpressionSample,
    FaceSample,
    Observation,
)
from models.stage import VideoChunk
from models.vision import landmarks, pictures
from models.vision.expression_model import ExpressionModel, Floats
from models.vision.face import FaceStage
from models.vision.pictures import Image
from models.vision.smoothing import RunningQuantile

TURNED = 25.0
"""Degrees of yaw or pitch past which a face shows too little of itself to be read."""
SMALLEST = 48.0
"""Pixels of height of a face below which it is not read."""
CROP = 224
"""Side in pixels of the crop that a model is given to scale."""
AROUND = 1.15
"""Side of the crop, in sides of the face's box."""

PICTURES = 3
"""Pictures for the report, at most."""
PICTURE = 96
"""Side of one in pixels."""
HEAT = (255, 140, 0)
"""Colour of what the model looked at, over a grey face: told apart from grey by every eye."""

SETTLED = 10
"""Samples of a face before the rules know what it is like at rest."""
RESTING = 0.5
"""Evidence for neutral: an expression with less is not the likeliest."""
SUREST = 0.8
"""Evidence past which rules do not become surer."""
STEEPNESS = 7.0
"""Of the softmax over the evidence: at rest neutral has 0.85, the plainest expression 0.88."""


class ExpressionStage:
    """An `ExpressionSample` for each picture in which the face stage found a face that can be read.

    Feed it a picture after the face stage has had it. With a model and `keep_pictures`, the strongest moment
    of each expression is remembered, and `finish` gives an `ExpressionPicture` of those that were seen most.
    """

    fps: ClassVar[float] = 2.0
    """Pictures a second that are worth analysing: most expressions last 0.5 to 4 s (Ekman 2003)."""

    def __init__(self, face: FaceStage, model: ExpressionModel | None, keep_pictures: bool) -> None:
        self._face, self._model = face, model
        self._keep_pictures = keep_pictures
        self._rules = Rules()
        self._seen: Counter[Expression] = Counter()
        self._strongest: dict[Expression, tuple[float, float, Image]] = {}

    def feed(self, chunk: VideoChunk) -> Iterable[Observation]:
        """The expression in one picture; nothing where no face can be read."""
        if self._face.found is None:
            return []
        face, points = self._face.found
        if not _readable(face, points):
            return []
        method: Literal["model", "rules"] = "rules"
        if self._model is None:
            shares = self._rules.probabilities(face, points)
        else:
            crop = crop_of(pictures.reduce(chunk.image), points, face.roll or 0.0)
            shares, method = self._model.probabilities(crop), "model"
            self._remember(face.t, shares, crop)
        if shares is None:
            return []
        neutral, happy, surprised, sad, angry, fearful, disgusted = shares.round(4).tolist()
        return [ExpressionSample(face.t, neutral, happy, surprised, sad, angry, fearful, disgusted, method)]

    def finish(self) -> Iterable[Observation]:
        """Pictures of what the model looked at, the expression that was seen most often first."""
        return [self._picture(expression) for expression, _ in self._seen.most_common(PICTURES)]

    def _remember(self, t: float, shares: npt.NDArray[np.float64], crop: Image) -> None:
        if not self._keep_pictures:
            return
        expression, share = EXPRESSIONS[int(shares.argmax())], float(shares.max())
        self._seen[expression] += 1
        if expression not in self._strongest or share > self._strongest[expression][1]:
            self._strongest[expression] = t, share, crop

    def _picture(self, expression: Expression) -> ExpressionPicture:
        assert self._model is not None
        t, share, crop = self._strongest[expression]
        heat, means = self._model.looked_at(crop, expression)
        png = base64.b64encode(marked(crop, heat)).decode()
        return ExpressionPicture(t, expression, round(share, 4), means, png)


def _readable(face: FaceSample, points: landmarks.Points) -> bool:
    if face.yaw is None or face.pitch is None or max(abs(face.yaw), abs(face.pitch)) > TURNED:
        return False
    if face.smile is None:
        # covered, blurred or too dark: what hides the lips hides the rest
        return False
    return float(np.ptp(points[:, 1])) >= SMALLEST


def crop_of(image: Image, points: landmarks.Points, roll: float) -> Image:
    """The face, upright and square, RGB of `CROP` x `CROP`; outside the picture its edge is repeated."""
    matrix = cv2.getRotationMatrix2D((0.0, 0.0), roll, 1.0)
    upright = points[:, :2] @ matrix[:, :2].T
    first, last = upright.min(axis=0), upright.max(axis=0)
    scale = CROP / (AROUND * max(*(last - first), 1.0))
    matrix[:, :2] *= scale
    matrix[:, 2] = CROP / 2 - scale * (first + last) / 2
    crop = cv2.warpAffine(image, matrix, (CROP, CROP), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(crop, np.uint8)


def marked(crop: Image, heat: Floats) -> bytes:
    """The crop in grey with the heat (0..1, of its size) laid over it, as a PNG of `PICTURE` x `PICTURE`."""
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)[..., None].astype(np.float32)
    weight = 0.65 * heat[..., None]
    mixed = (1 - weight) * grey + weight * np.array(HEAT, np.float32)
    small = cv2.resize(mixed, (PICTURE, PICTURE), interpolation=cv2.INTER_AREA).clip(0, 255).astype(np.uint8)
    _, png = cv2.imencode(".png", cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
    return bytes(png)


class Rules:
    """Expressions from how the face's points differ from this face at rest. Not calibrated; mostly neutral.

    Action units are those of the Facial Action Coding System, put together as in its Investigator's Guide
    (Ekman, Friesen and Hager 2002). An expression is as strong as the weakest unit that it needs, so that a
    mouth that speaks or a brow that moves is none by itself.
    """

    def __init__(self) -> None:
        self._rest: dict[str, RunningQuantile] = {}
        self._taken = 0

    def probabilities(self, face: FaceSample, points: landmarks.Points) -> npt.NDArray[np.float64] | None:
        """In the order of `EXPRESSIONS`; None while the face at rest is not known, and in a blink."""
        now = measures(points)
        rest = {}
        for name, value in now.items():
            running = self._rest.setdefault(name, RunningQuantile(0.5, value, weight=1))
            rest[name] = running.add(face.t, value)
        self._taken += 1
        if self._taken <= SETTLED or now["lids"] < 0.6 * rest["lids"]:
            return None
        evidence = _evidence({name: now[name] - rest[name] for name in now}, face.smile or 0.0)
        found = [min(evidence[each], SUREST) for each in EXPRESSIONS[1:]]
        logits = STEEPNESS * np.array([RESTING, *found])
        powers = np.exp(logits - logits.max())
        shares: npt.NDArray[np.float64] = powers / powers.sum()
        return shares


def measures(points: landmarks.Points) -> dict[str, float]:
    """Distances that action units change, in the head's own axes and units of `landmarks.RIGID_SHAPE`."""
    rotation, scale = landmarks.head(points)
    own = landmarks.in_own_axes(points, rotation, scale)
    x = {index: point[0] for index, point in own.items()}
    y = {index: point[1] for index, point in own.items()}
    return {
        "inner brow": float(y[55] + y[285] - y[133] - y[362]) / 2,
        "outer brow": float(y[105] + y[334] - y[33] - y[263]) / 2,
        "between brows": float(x[285] - x[55]),
        "lids": float(sum(landmarks.eye_openness(points))) / 2,
        "mouth open": float(y[13] - y[14]),
        "mouth width": float(x[291] - x[61]),
        "lip corners": landmarks.lip_corners(points, rotation, scale),
        "upper lip": float(y[0] - y[2]),
        "lips": float(y[0] - y[13] + y[14] - y[17]),
    }


def _evidence(change: dict[str, float], smile: float) -> dict[Expression, float]:
    """Evidence for each expression but neutral, 0..1, from the changes against rest and the smile.

    The divisors are changes of a plain, not an extreme unit: about three times what speech alone does.
    """
    unsmiling = 1.0 - smile
    inner_up, lowered = _unit(change["inner brow"], 0.45), _unit(-change["inner brow"], 0.35)
    outer_up = _unit(change["outer brow"], 0.5)
    together = _unit(-change["between brows"], 0.25)
    wide, narrow = _unit(change["lids"], 0.12), _unit(-change["lids"], 0.12)
    opened = _unit(change["mouth open"], 1.5)
    raised = min(inner_up, outer_up)
    frown = max(lowered, together)
    return {
        "happy": smile,  # AU 6 + 12
        "surprised": min(raised, (opened + wide) / 2),  # AU 1 + 2 + 5 + 26
        "sad": min(_unit(-change["lip corners"], 0.5), max(inner_up - outer_up, frown)),  # AU 1 + 4 + 15
        "angry": unsmiling * min(frown, max(narrow, _unit(-change["lips"], 0.6))),  # AU 4 + 7 + 23
        "fearful": unsmiling * min(raised, wide, _unit(change["mouth width"], 1.0)),  # AU 1 + 2 + 5 + 20
        "disgusted": unsmiling * min(_unit(change["upper lip"], 0.5), frown),  # AU 9 + 10
    }


def _unit(change: float, plain: float) -> float:
    return min(max(change / plain, 0.0), 1.0)
