"""The wheel's networks, written down anew, say what mediapipe's own graphs say of the same pictures."""

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mediapipe.python.solutions.face_detection import FaceDetection
from mediapipe.python.solutions.face_mesh import FaceMesh as Reference
from mediapipe.python.solutions.pose import Pose

from models.vision import body_points, face_mesh, landmarks, pictures, regions, tensorflow_lite
from models.vision.body_points import BodyPoints
from models.vision.face_mesh import FaceMesh
from models.vision.pictures import Image
from models.vision.regions import ALL_BUT_LEVEL, Region, planes, upright
from tests.models.vision.portrait import EMPTY, PERSON, portrait

IRISES, OUTER_CORNERS = (
    [landmarks.POINTS.index(point) for point in pair] for pair in ((468, 473), (33, 263))
)
LIPS_EYES_IRISES = [*landmarks._LIP_CORNERS, *landmarks._LEFT_EYE, *landmarks._RIGHT_EYE, 13, 14, 468, 473]


@pytest.fixture
def reference() -> Iterator[Any]:
    mesh = Reference(refine_landmarks=True)
    yield mesh
    mesh.close()


@pytest.mark.parametrize(("all_but_level", "mean", "most"), [(0.0, 0.3, 1.0), (ALL_BUT_LEVEL, 1.0, 3.0)])
def test_the_mesh_is_the_one_of_mediapipe(
    reference: Any, monkeypatch: pytest.MonkeyPatch, all_but_level: float, mean: float, most: float
) -> None:
    """Where it turns what it looks at as mediapipe does, and, less exactly, where it saves that."""
    monkeypatch.setattr(regions, "ALL_BUT_LEVEL", all_but_level)
    mesh = FaceMesh()
    for n in range(6):
        image = portrait(300 + 8 * n, 240 - 5 * n, 300 + 6 * n, turn=4 * n)
        height, width = image.shape[:2]
        found = reference.process(image).multi_face_landmarks[0].landmark
        expected = np.array([(p.x * width, p.y * height, p.z * width) for p in found])[[*landmarks.POINTS]]
        region = mesh.region or face_mesh.around(face_mesh.detector().find(image, 0.5)[0])
        points = mesh.look(image, region)

        assert points is not None
        expected[IRISES, 2] = expected[OUTER_CORNERS, 2]
        apart = np.abs(points - expected)
        assert apart.mean() < mean, "pixels"
        assert apart[[landmarks.POINTS.index(each) for each in LIPS_EYES_IRISES]].max() < most


def test_faces_are_those_that_mediapipe_detects() -> None:
    reference = FaceDetection(model_selection=0, min_detection_confidence=0.4)
    for image in (portrait(), portrait(150, 150, 220, turn=20), PERSON, EMPTY):
        height, width = image.shape[:2]
        expected = reference.process(image).detections or []
        found = face_mesh.detector().find(image, 0.4)

        assert len(found) == len(expected)
        for own, other in zip(found, expected, strict=True):
            box = other.location_data.relative_bounding_box
            corner = (box.xmin * width, box.ymin * height)
            assert own.score == pytest.approx(other.score[0], abs=0.01)
            assert own.box[:2] == pytest.approx(corner, abs=1.5)
            assert own.box.height == pytest.approx(box.height * height, abs=1.5)
    reference.close()


def test_a_body_is_the_one_of_mediapipe() -> None:
    """It steadies where it looks in its own way, so that the two agree as well as each does with itself."""
    reference, own = Pose(model_complexity=1, smooth_landmarks=False), BodyPoints()
    image = np.asarray(cv2.resize(PERSON, (480, 480)), np.uint8)
    told: list[Any] = []
    for _ in range(6):
        found = reference.process(image).pose_landmarks.landmark
        told.append((np.array([(p.x * 480, p.y * 480) for p in found]), own.find(image)))
    reference.close()

    theirs, ours = (np.mean([np.array(pair[n])[:, :2] for pair in told[2:]], axis=0) for n in (0, 1))
    shoulders = float(np.hypot(*(theirs[11] - theirs[12])))
    assert np.hypot(*(theirs - ours)[[0, 7, 8, 11, 12]].T).max() < 0.08 * shoulders


def test_nobody_is_nobody() -> None:
    assert BodyPoints().find(EMPTY) is None
    mesh = FaceMesh()
    assert mesh.look(EMPTY, Region(320, 240, 300, 0.0)) is None
    assert mesh.region is None


def test_sessions_share_the_weights_and_nothing_else() -> None:
    one, other = FaceMesh(), FaceMesh()
    image = portrait()
    one.look(image, face_mesh.around(face_mesh.detector().find(image, 0.5)[0]))

    assert one._network is other._network
    assert one.region is not None
    assert other.region is None
    assert BodyPoints()._network is body_points._network()


squares = st.builds(
    Region, st.floats(-500, 500), st.floats(-500, 500), st.floats(10, 2000), st.floats(-3.1, 3.1)
)


@given(squares)
def test_a_region_is_a_square_about_its_middle(region: Region) -> None:
    corners = region.place(np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0.5, 0.5]]))
    sides = np.hypot(*np.diff(corners[[0, 1, 2, 3, 0]], axis=0).T)

    assert sides == pytest.approx([region.size] * 4)
    assert corners[4] == pytest.approx((region.x, region.y))
    assert upright(corners[0], corners[1], 0.0) == pytest.approx(region.angle, abs=1e-6)


def test_what_is_cut_out_lies_where_it_is_placed() -> None:
    image = np.zeros((200, 300, 3), np.uint8)
    cv2.circle(image, (180, 90), 6, (255, 255, 255), -1)
    region = Region(160, 100, 120, 0.4)

    cut = region.cut(image, 96)
    rows, columns = np.nonzero(pictures.luma(cut) > 127)
    place = region.place(np.array([[columns.mean() / 96, rows.mean() / 96]]))
    assert place[0] == pytest.approx((180, 90), abs=1)


@given(squares, st.integers(16, 256))
def test_a_square_is_settled_close_by(region: Region, side: int) -> None:
    settled = region.settled(side)

    if abs(region.angle) > ALL_BUT_LEVEL:
        assert settled == region
    else:
        assert settled == pytest.approx((region.x, region.y, region.size, 0), abs=0.5 + 1e-6)
    assert settled.settled(side) == pytest.approx(settled)


@given(st.floats(-60, 260), st.floats(-60, 180), st.floats(30, 200), st.integers(16, 192))
def test_what_is_scaled_is_what_is_turned_by_nothing(x: float, y: float, size: float, side: int) -> None:
    """Also beyond the picture's edge."""
    across, down = np.meshgrid(np.arange(200), np.arange(120))
    image = np.stack([across, down, (across + down) // 2], axis=-1).astype(np.uint8)
    region = Region(x, y, size, 0.0).settled(side)

    assert (
        np.abs(region.cut(image, side) - region._turned(image, side, cv2.BORDER_REPLICATE).astype(int)).max()
        <= 1
    )


def test_planes_of_a_picture() -> None:
    image: Image = np.array([[[0, 255, 51]]], np.uint8)

    assert planes(image).ravel().tolist() == [0, 255, 51]
    assert planes(image).shape == (1, 3, 1, 1)


def test_what_cannot_be_read_is_said() -> None:
    path = tensorflow_lite.wheel() / "modules" / "selfie_segmentation" / "selfie_segmentation.tflite"

    with pytest.raises(ValueError, match=r"Networks with \w+ cannot be read"):
        tensorflow_lite.to_onnx(path, {"activation_10": "mask"})
