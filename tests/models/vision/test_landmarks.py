import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.vision import landmarks
from models.vision.landmarks import Points

degrees = st.floats(-50, 50)


def turn(yaw: float, pitch: float, roll: float) -> Points:
    """Rotation in axes x right, y up, z to the viewer: first the roll, then the pitch, then the yaw."""
    y, p, r = np.radians([yaw, -pitch, -roll])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    result: Points = about_y @ about_x @ about_z
    return result


def mesh(rotation: Points, scale: float = 20.0) -> Points:
    """A mesh in pixels whose rigid points lie as the shape does; the others at the nose."""
    points = np.zeros((len(landmarks.POINTS), 3))
    for row, index in enumerate(landmarks.POINTS):
        shape = np.array(landmarks.RIGID_SHAPE.get(index, (0.0, 0.0, 0.0)))
        points[row] = np.array([320, 240, 0]) + scale * (rotation @ shape) * [1, -1, -1]
    return points


def eyes(across: float, up: float, height: float) -> Points:
    """A mesh with both eyes 40 pixels wide and `height` open, the irises off the middle in pixels."""
    points = np.zeros((len(landmarks.POINTS), 3))
    row = {index: row for row, index in enumerate(landmarks.POINTS)}
    for iris, corners, upper, lower, left in (
        (468, (33, 133), (160, 158), (144, 153), 100.0),
        (473, (362, 263), (385, 387), (380, 373), 200.0),
    ):
        points[row[corners[0]], :2] = left, 100
        points[row[corners[1]], :2] = left + 40, 100
        for side, index in enumerate(upper):
            points[row[index], :2] = left + 13 + 14 * side, 100 - height / 2
        for side, index in enumerate(lower):
            points[row[index], :2] = left + 13 + 14 * side, 100 + height / 2
        points[row[iris], :2] = left + 20 + across, 100 - up
    return points


@given(degrees, degrees, degrees, st.floats(2, 60))
def test_head_angles_are_those_it_was_turned_by(yaw: float, pitch: float, roll: float, scale: float) -> None:
    rotation, found = landmarks.head(mesh(turn(yaw, pitch, roll), scale))

    assert landmarks.angles(rotation) == pytest.approx((yaw, pitch, roll), abs=0.01)
    assert found == pytest.approx(scale)


def test_signs_of_the_angles() -> None:
    nose_right, nose_up, tipped = turn(20, 0, 0), turn(0, 20, 0), turn(0, 0, 20)

    assert nose_right[0, 2] > 0
    assert nose_up[1, 2] > 0
    assert tipped[1, 0] < 0, "clockwise: the image's right side of the head is lower"


def test_gaze_is_relative_to_the_eye() -> None:
    assert landmarks.gaze(eyes(0, 2, 12)) == pytest.approx((0, 0))
    assert landmarks.gaze(eyes(10, 2, 12)) == pytest.approx((0.5, 0))
    assert landmarks.gaze(eyes(-10, -8, 12)) == pytest.approx((-0.5, -0.5))


def test_eye_openness_is_height_over_width() -> None:
    assert landmarks.eye_openness(eyes(0, 0, 12)) == pytest.approx((0.3, 0.3))
    assert landmarks.eye_openness(eyes(0, 0, 2)) == pytest.approx((0.05, 0.05))


@given(degrees, degrees, degrees)
def test_turning_the_head_does_not_move_the_lip_corners(yaw: float, pitch: float, roll: float) -> None:
    straight, turned = mesh(turn(0, 0, 0)), mesh(turn(yaw, pitch, roll))

    assert landmarks.lip_corners(turned, *landmarks.head(turned)) == pytest.approx(
        landmarks.lip_corners(straight, *landmarks.head(straight)), abs=1e-6
    )


def test_box_reaches_beyond_the_picture() -> None:
    left, top, right, bottom = landmarks.box(mesh(turn(0, 0, 0), 200))

    assert left < 0
    assert top < 0
    assert right > 640
    assert bottom > 240
