"""What is seen in pictures that follow each other."""

from collections.abc import Iterable

from models.observations import FaceSample
from models.stage import VideoChunk
from models.vision.face import FaceStage
from models.vision.neutral import Neutral
from models.vision.pictures import Image


def watch(images: Iterable[Image], fps: float = 10, neutral: Neutral | None = None) -> list[FaceSample]:
    """What is said of the face in each picture."""
    stage = FaceStage(neutral)
    said = [each for n, image in enumerate(images) for each in stage.feed(VideoChunk(n / fps, image))]
    list(stage.finish())
    return [each for each in said if isinstance(each, FaceSample)]
