"""What was observed, summed in rows of half a second.

Every observation adds to the row of its time, so evidence does not depend on the order in which the lanes
deliver, a stretch of time is a slice, and a live score costs the same after an hour as after a minute.
"""

import math
from bisect import bisect_left, insort
from collections.abc import Iterable
from enum import IntEnum, auto
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from models.observations import (
    Blink,
    Direction,
    FaceSample,
    Gap,
    HeadGesture,
    PhraseEnd,
    PictureProblem,
    PostureSample,
    ProsodySample,
    SoundQuality,
    VoiceActivity,
)

Floats: TypeAlias = npt.NDArray[np.float64]

ROW = 0.5
"""Seconds in a row."""
MOST_ROWS = int(12 * 3600 / ROW)
"""Later evidence is left out: no session lasts half a day, and a wrong time must not fill the memory."""

SMILE = 0.35
"""A smile of this size or more is one that can be seen."""
LEVEL_TILT = 6.0
"""Shoulders tilted by fewer degrees than this count as level."""
LEVEL_LEAN = 0.2
"""A head less than this far from the middle of the shoulders, in shoulder widths, is above them."""
SUNK = 0.15
"""Slouch in shoulder widths, some 6 cm, from which on somebody sits lower than upright."""
RESTLESS = 30.0
"""Degrees a second from which on a head turns quickly: people who talk to a camera do so in a tenth of the
time or less, lively ones in a third."""
STEADY = 0.1
"""Heights of the face by which it moves at most in half a second while it stays where it is."""
LONG_CLOSURE = 1.0
"""Seconds; lids that are down for as long are no blink. The longest blinks take half a second (Stern, Walrath
& Goldstein, Psychophysiology 21(1), 1984), and as measured at ten pictures a second up to 0.8."""
HIDES_BODY: frozenset[PictureProblem] = frozenset({"covered", "frozen", "rotated", "photograph"})
"""Problems of the picture in which nothing that is found of the upper body holds."""
SHORTEST_PAUSE = 0.25
"""Seconds; shorter silences belong to articulation (Goldman-Eisler 1968)."""
LONGEST_IN_PACE = 2.0
"""Seconds of a pause that count into the speech rate: longer silence is thinking, not slow speech."""
OCTAVE_ERROR = 9.0
"""Semitones from the speaker's median beyond which a pitch is taken for an octave error of the tracker."""
PITCH_REFERENCE = 100.0
"""Hertz at 0 semitones."""

SPEAKER_ROWS = int(600 / ROW)
"""Rows of the last ten minutes: enough for a speaker's own middle, and few enough for every snapshot."""
UNJUDGED = frozenset({"silent", "quiet", "noisy", "other voice"})
"""Problems of the sound in which the candidate cannot be heard well enough to be judged."""
BASELINE_S = 10.0
"""Seconds of speech after which the speaker's own middle is known; before, nothing is measured about it."""
FADED_DB = 10.0
"""A last part that is quieter than its phrase by more trails off. In fluent reading phrases end 2 dB below
themselves in the median, one in ten by more than 6 dB: the natural declination."""
RISE = 3.0
"""Semitones by which the end of a phrase rises at least: smaller steps hardly tell a listener anything
('t Hart, JASA 69(3), 1981)."""
FLAT_S = 10.0
"""Seconds over which the voice is looked at for being flat."""
FLAT = 1.5
"""Semitones of standard deviation below which it is, about 9 % of the pitch: own judgement. Hincks & Edlund,
Language Learning & Technology 13(3), 2009, look at the same measure over ten seconds."""
LEAST_VOICED_S = 2.5
"""Voiced seconds among them below which nothing is said."""
MOSTLY = 0.8
"""Share of a row that must be speech for the row to tell of the voice."""


class C(IntEnum):
    """Columns of a row. Counts unless said otherwise; seconds end in S."""

    FACE = 0
    FACE_PRESENT = auto()
    GAZE = auto()
    GAZE_ON = auto()
    AWAY_LEFT = auto()
    """Looks away by direction, as seen in the image."""
    AWAY_RIGHT = auto()
    AWAY_UP = auto()
    AWAY_DOWN = auto()
    SMILE = auto()
    SMILE_ON = auto()
    HEAD = auto()
    YAW = auto()
    HEAD_PITCH = auto()
    TURN = auto()
    TURN_FAST = auto()
    PLACE = auto()
    PLACE_X = auto()
    """Centre of the face in the picture, as in `FaceSample`; its height in the picture."""
    PLACE_Y = auto()
    PLACE_SIZE = auto()
    BRIGHT = auto()
    BRIGHTNESS = auto()
    BLINKS = auto()
    LONG_CLOSURES = auto()
    NODS = auto()
    SHAKES = auto()
    UPRIGHT = auto()
    UPRIGHT_ON = auto()
    FRAME = auto()
    FRAME_ON = auto()
    MOVE = auto()
    MOVEMENT = auto()
    SLOUCH = auto()
    SLOUCH_ON = auto()
    HAND = auto()
    HAND_ON = auto()
    NEAR = auto()
    NEARNESS = auto()
    """Shoulder widths over the picture's width."""
    SPEECH_S = auto()
    PAUSE_S = auto()
    PAUSE_IN_PACE_S = auto()
    PAUSES = auto()
    PAUSE_LENGTH = auto()
    """Seconds, all in the row of the pause's end."""
    SOUND_S = auto()
    INTENSITY = auto()
    """dB times seconds."""
    VOICED_S = auto()
    SEMITONES = auto()
    """Semitones times voiced seconds."""
    SPREAD = auto()
    """Squared semitones within the sample times voiced seconds."""
    RANGED_S = auto()
    """Voiced seconds of samples that tell how low and how high they went."""
    LOW = auto()
    """Semitones times such seconds."""
    HIGH = auto()
    WORDS = auto()
    FILLERS = auto()
    HEDGES = auto()
    REPEATS = auto()
    SPECIFICS = auto()
    BUZZWORDS = auto()
    READ = auto()
    """Words of sentences that were read."""
    TO_QUESTION = auto()
    """Words of such that answer a question."""
    BELONGING = auto()
    """Such words times how likely they belong to its answer."""
    FOLLOWING = auto()
    """Sentences that follow another."""
    CONTINUITY = auto()
    """Sum of their likeness to what they follow."""
    ERRORS = auto()
    """Of grammar."""
    SKILLS = auto()
    """Skills named."""
    SYLLABLES = auto()
    ARTICULATION_S = auto()
    """Seconds of saying words, pauses and filled pauses left out."""
    PHRASES = auto()
    """Ends of phrases, as far as they tell how much they faded."""
    FADED = auto()
    GAP_CAMERA_S = auto()
    GAP_MICROPHONE_S = auto()
    GAP_TRANSCRIPTION_S = auto()
    UNJUDGED_S = auto()
    """There was sound, but no hearing the candidate in it: too noisy, too quiet, silent."""
    CLIPPED_S = auto()
    """Too loud for the microphone: words and pauses are there, pitch and level are not the candidate's."""
    SPOILT = auto()
    """Pictures with something wrong."""
    HIDDEN = auto()
    """Pictures in which nothing can be said of the body."""
    # From here on columns follow from those above.
    FACE_S = auto()
    PRESENT_S = auto()
    SPOILT_S = auto()
    JUDGED_S = auto()
    """Eyes, mouth or head could be judged."""
    GAZE_S = auto()
    AWAY = auto()
    """Looks away of which the direction is known."""
    AWAY_S = auto()
    GLANCES_DOWN = auto()
    """Rows in which a look down begins."""
    GAZE_HEARD_S = auto()
    """Eyes could be judged, and it is known whether the candidate spoke."""
    GAZE_SPEAKING = auto()
    """As `GAZE`, of the part of the row that is speech."""
    GAZE_ON_SPEAKING = auto()
    GAZE_SPEAKING_S = auto()
    GAZE_LISTENING = auto()
    """Of the part in which the candidate was heard to be silent."""
    GAZE_ON_LISTENING = auto()
    GAZE_LISTENING_S = auto()
    SMILE_S = auto()
    BRIGHT_S = auto()
    HEAD_S = auto()
    HEAD_MOVED = auto()
    """Degrees between the mean directions of this row and the one before."""
    TURN_S = auto()
    PLACE_S = auto()
    """A face whose place is known, after a row with pictures."""
    STEADY_S = auto()
    """It was in all pictures of both rows, and stayed where it was."""
    UPRIGHT_S = auto()
    FRAME_S = auto()
    MOVE_S = auto()
    SLOUCH_S = auto()
    HAND_S = auto()
    NEAR_S = auto()
    MICROPHONE_S = auto()
    TRANSCRIBED_S = auto()
    TALK_S = auto()
    """Speech with its pauses."""
    PACE_S = auto()
    """Speech with its pauses as far as they count into the speech rate, and only where it was transcribed."""
    PITCH_S = auto()
    PITCH_SUM = auto()
    """Semitones times seconds."""
    PITCH_SQUARES = auto()
    LEVEL_S = auto()
    LEVEL_SQUARES = auto()
    LATENCIES = auto()
    LATENCY = auto()
    BREAKS = auto()
    """Pauses inside sentences."""
    BREAK_LENGTH = auto()
    STOPS = auto()
    """Pauses between sentences."""
    STOP_LENGTH = auto()
    STATEMENTS = auto()
    """Ends of sentences that are no questions and whose melody was heard."""
    RISING = auto()
    MELODY_S = auto()
    """Voiced seconds of which it is known whether the voice was flat."""
    FLAT_S = auto()


RAW = int(C.FACE_S)


def columns(*which: C) -> npt.NDArray[np.intp]:
    """Columns to take from rows, in half the time that a list of them takes."""
    return np.array(which, np.intp)


_VOICE = columns(C.SPEECH_S, C.UNJUDGED_S, C.CLIPPED_S, C.VOICED_S, C.SOUND_S, C.SEMITONES, C.INTENSITY)
_SPOKEN = columns(C.SPEECH_S, C.PAUSE_S, C.PAUSE_IN_PACE_S)
_WORD_COUNTS = [
    *(C.WORDS, C.FILLERS, C.HEDGES, C.REPEATS, C.SPECIFICS, C.SYLLABLES, C.ARTICULATION_S),
    *(C.PHRASES, C.FADED, C.BUZZWORDS),
    *(C.READ, C.TO_QUESTION, C.BELONGING, C.FOLLOWING, C.CONTINUITY, C.ERRORS, C.SKILLS),
]
_DIRECTIONS: dict[Direction, C] = {
    "left": C.AWAY_LEFT,
    "right": C.AWAY_RIGHT,
    "up": C.AWAY_UP,
    "down": C.AWAY_DOWN,
}
_AWAY = columns(*_DIRECTIONS.values())
_GAZE = columns(C.GAZE, C.GAZE_ON, C.GAZE_S)
_GAZE_SPEAKING = columns(C.GAZE_SPEAKING, C.GAZE_ON_SPEAKING, C.GAZE_SPEAKING_S)
_GAZE_LISTENING = columns(C.GAZE_LISTENING, C.GAZE_ON_LISTENING, C.GAZE_LISTENING_S)
_JUDGED = columns(C.GAZE, C.SMILE, C.HEAD)
_PLACE = columns(C.PLACE_X, C.PLACE_Y, C.PLACE_SIZE)
_SEEN = columns(C.FACE, C.FACE_PRESENT, C.SPOILT, C.GAZE, C.SMILE, C.BRIGHT, C.TURN)
_SEEN_S = columns(C.FACE_S, C.PRESENT_S, C.SPOILT_S, C.GAZE_S, C.SMILE_S, C.BRIGHT_S, C.TURN_S)
_BODY = columns(C.UPRIGHT, C.FRAME, C.MOVE, C.SLOUCH, C.HAND, C.NEAR)
_BODY_S = columns(C.UPRIGHT_S, C.FRAME_S, C.MOVE_S, C.SLOUCH_S, C.HAND_S, C.NEAR_S)
_BODY_ON = columns(C.UPRIGHT_ON, C.FRAME_ON, C.MOVEMENT, C.SLOUCH_ON, C.HAND_ON, C.NEARNESS)
_GAPS = {
    "camera": C.GAP_CAMERA_S,
    "microphone": C.GAP_MICROPHONE_S,
    "transcription": C.GAP_TRANSCRIPTION_S,
}


class Span(NamedTuple):
    """A stretch of session time in seconds."""

    start: float
    end: float

    @property
    def length(self) -> float:
        """Seconds."""
        return self.end - self.start


class Medians(NamedTuple):
    """The speaker's own middle: what variety is measured about."""

    semitones: float
    """Pitch in semitones about `PITCH_REFERENCE`."""
    intensity: float
    """dB relative to full scale."""
    known: bool
    """Enough was said to know them."""


def row_of(t: float) -> int:
    """The row of a session time; times outside the session's bounds go to the first or last row."""
    return 0 if not t > 0 else min(int(t / ROW), MOST_ROWS - 1)


class Evidence:
    """Rows of what camera and microphone showed, and the stretches of speech and pause."""

    def __init__(self) -> None:
        self._rows: Floats = np.zeros((512, RAW))
        self.speech: list[Span] = []
        self.pauses: list[Span] = []
        self.onsets: list[float] = []
        self.phrases: list[PhraseEnd] = []
        """In order of time, as those that follow."""
        self.gestures: list[HeadGesture] = []
        self.closures: list[Blink] = []
        """Eyes that were closed for too long to be a blink."""
        self.speaking_since: float | None = None
        self._last_flip = 0.0
        self._deaf: list[Span] = []
        self.heard_until: float | None = None
        """End of the last sound that was analysed."""

    def _row(self, t: float) -> Floats:
        row = row_of(t)
        self._reach(row + 1)
        cells: Floats = self._rows[row]
        return cells

    def _reach(self, rows: int) -> None:
        if rows > len(self._rows):
            grown = np.zeros((max(rows, 2 * len(self._rows)), RAW))
            grown[: len(self._rows)] = self._rows
            self._rows = grown

    def _spread(self, column: int, span: Span, sign: float = 1.0) -> None:
        """Add a stretch of time to a column, each row its part."""
        first, last = row_of(span.start), row_of(span.end)
        self._reach(last + 1)
        cells = self._rows[first : last + 1, column]
        cells += sign * overlap(span, first, last + 1)

    def add_face(self, face: FaceSample) -> None:
        """Take what one picture showed of the face."""
        row = self._row(face.t)
        row[C.FACE] += 1
        row[C.SPOILT] += face.problem is not None
        row[C.HIDDEN] += face.problem in HIDES_BODY
        if face.brightness is not None:
            row[C.BRIGHT] += 1
            row[C.BRIGHTNESS] += face.brightness
        if not face.faces:
            return
        row[C.FACE_PRESENT] += 1
        if face.on_camera is not None:
            row[C.GAZE] += 1
            row[C.GAZE_ON] += face.on_camera
        if face.away is not None:
            row[_DIRECTIONS[face.away]] += 1
        if face.smile is not None:
            row[C.SMILE] += 1
            row[C.SMILE_ON] += face.smile >= SMILE
        if face.yaw is not None and face.pitch is not None:
            row[C.HEAD] += 1
            row[C.YAW] += face.yaw
            row[C.HEAD_PITCH] += face.pitch
        if face.head_speed is not None:
            row[C.TURN] += 1
            row[C.TURN_FAST] += face.head_speed >= RESTLESS
        if face.x is not None and face.y is not None and face.size and face.problem not in HIDES_BODY:
            row[C.PLACE] += 1
            row[C.PLACE_X] += face.x
            row[C.PLACE_Y] += face.y
            row[C.PLACE_SIZE] += face.size

    def add_blink(self, blink: Blink) -> None:
        """Count a blink, or a longer closure, where it began."""
        long = blink.end - blink.start >= LONG_CLOSURE
        self._row(blink.start)[C.LONG_CLOSURES if long else C.BLINKS] += 1
        if long:
            insort(self.closures, blink, key=lambda closure: (closure.start, closure.end))

    def add_gesture(self, gesture: HeadGesture) -> None:
        """Count a nod or a shake where it began."""
        self._row(gesture.start)[C.NODS if gesture.gesture == "nod" else C.SHAKES] += 1
        insort(self.gestures, gesture, key=lambda made: (made.start, made.end, made.gesture))

    def add_posture(self, posture: PostureSample) -> None:
        """Take what one picture showed of the upper body."""
        row = self._row(posture.t)
        if not posture.present:
            return
        if posture.shoulder_tilt is not None and posture.lean is not None:
            row[C.UPRIGHT] += 1
            row[C.UPRIGHT_ON] += abs(posture.shoulder_tilt) < LEVEL_TILT and abs(posture.lean) < LEVEL_LEAN
        if posture.in_frame is not None:
            row[C.FRAME] += 1
            row[C.FRAME_ON] += posture.in_frame
        if posture.movement is not None:
            row[C.MOVE] += 1
            row[C.MOVEMENT] += posture.movement
        if posture.slouch is not None:
            row[C.SLOUCH] += 1
            row[C.SLOUCH_ON] += posture.slouch >= SUNK
        if posture.hand_at_face is not None:
            row[C.HAND] += 1
            row[C.HAND_ON] += posture.hand_at_face
        if posture.distance is not None:
            row[C.NEAR] += 1
            row[C.NEARNESS] += posture.distance

    def add_prosody(self, sound: ProsodySample) -> None:
        """Take pitch and intensity of a short stretch of sound."""
        seconds = min(max(sound.end - sound.start, 0.0), 1.0)
        row = self._row((sound.start + sound.end) / 2)
        row[C.SOUND_S] += seconds
        row[C.INTENSITY] += seconds * sound.intensity_db
        self.heard_until = max(self.heard_until or 0.0, sound.end)
        if sound.pitch_hz and sound.pitch_hz > 0:
            voiced = seconds * sound.voiced
            row[C.VOICED_S] += voiced
            row[C.SEMITONES] += voiced * 12 * math.log2(sound.pitch_hz / PITCH_REFERENCE)
            row[C.SPREAD] += voiced * min(sound.pitch_spread or 0.0, OCTAVE_ERROR) ** 2
            if sound.pitch_low_hz and sound.pitch_high_hz:
                row[C.RANGED_S] += voiced
                row[C.LOW] += voiced * 12 * math.log2(sound.pitch_low_hz / PITCH_REFERENCE)
                row[C.HIGH] += voiced * 12 * math.log2(sound.pitch_high_hz / PITCH_REFERENCE)

    def add_phrase_end(self, phrase: PhraseEnd) -> None:
        """Take how a phrase ended."""
        insort(self.phrases, phrase, key=lambda end: (end.t, end.rise or 0.0, end.fade or 0.0))
        if phrase.fade is not None:
            row = self._row(phrase.t)
            row[C.PHRASES] += 1
            row[C.FADED] += phrase.fade > FADED_DB

    def add_voice(self, voice: VoiceActivity, questions: Iterable[float]) -> None:
        """Take a change between speech and silence; silence is a pause unless a question was put in it."""
        t = self._last_flip = max(voice.t, self._last_flip)
        if voice.speaking and self.speaking_since is None:
            if self.speech:
                self._add_pause(Span(self.speech[-1].end, t), questions)
            self.speaking_since = t
            self.onsets.append(t)
        elif not voice.speaking and self.speaking_since is not None:
            said = Span(self.speaking_since, t)
            self.speech.append(said)
            self._spread(C.SPEECH_S, said)
            self.speaking_since = None

    def _add_pause(self, pause: Span, questions: Iterable[float]) -> None:
        if pause.length < SHORTEST_PAUSE or any(pause.start <= t <= pause.end for t in questions):
            return
        if not any(gap.start <= pause.end and pause.start <= gap.end for gap in self._deaf):
            self.pauses.append(pause)
            self._count_pause(pause, 1.0)

    def _count_pause(self, pause: Span, sign: float) -> None:
        self._spread(C.PAUSE_S, pause, sign)
        in_pace = min(pause.end, pause.start + LONGEST_IN_PACE)
        self._spread(C.PAUSE_IN_PACE_S, Span(pause.start, in_pace), sign)
        row = self._row(pause.end)
        row[C.PAUSES] += sign
        row[C.PAUSE_LENGTH] += sign * pause.length

    def drop_pauses(self, start: float, end: float) -> None:
        """Silence in which a question was put, or in which nothing was heard, is no pause after all."""
        first = bisect_left(self.pauses, start, key=lambda pause: pause.end)
        last = first
        while last < len(self.pauses) and self.pauses[last].start <= end:
            self._count_pause(self.pauses[last], -1.0)
            last += 1
        del self.pauses[first:last]

    def add_gap(self, gap: Gap) -> None:
        """Take that a source was missing."""
        self._spread(_GAPS[gap.source], Span(gap.start, max(gap.start, gap.end)))
        if gap.source == "microphone":
            self._deaf.append(Span(gap.start, gap.end))
            self.drop_pauses(gap.start, gap.end)

    def add_sound_quality(self, sound: SoundQuality) -> None:
        """Take what the sound of a stretch of time was not good enough for."""
        span = Span(sound.start, max(sound.start, sound.end))
        if sound.problem == "clipping":
            self._spread(C.CLIPPED_S, span)
        elif sound.problem in UNJUDGED:
            self._spread(C.UNJUDGED_S, span)
            self._deaf.append(span)
            self.drop_pauses(*span)

    def count(self, t: float, column: C, amount: float) -> None:
        """Add to what is summed about words at a time."""
        self._row(t)[column] += amount

    def medians(self, first: int, last: int) -> Medians:
        """The speaker's medians over the speech in rows first..last-1."""
        told = self._rows[max(first, 0) : last, _VOICE]
        said, unjudged, clipped, voiced, sound, semitones, intensity = told.T
        speech = (said >= MOSTLY * ROW) & (unjudged + clipped <= 0)
        pitched, heard = speech & (voiced > 0), speech & (sound > 0)
        return Medians(
            _median(semitones[pitched] / voiced[pitched]),
            _median(intensity[heard] / sound[heard]),
            known=bool(ROW * pitched.sum() >= BASELINE_S),
        )

    def rows(self, first: int, last: int, until: float, written_until: float) -> Floats:
        """All columns of rows first..last-1, shape (last - first, len(C)).

        `until` is the session time up to which speech that still goes on counts, `written_until` the end of
        what the transcription has reached.
        """
        # What is told by a change, as head movement is, begins with the row before the first.
        before = max(first - 1, 0)
        self._reach(last)
        rows = np.zeros((last - before, len(C)))
        rows[:, :RAW] = self._rows[before:last]
        self._derive(rows, before, until, written_until)
        return rows[first - before :]

    def _derive(self, rows: Floats, first: int, until: float, written_until: float) -> None:
        last = first + len(rows)
        if self.speaking_since is not None:
            heard = until if self.heard_until is None else min(until, self.heard_until + 2.0)
            rows[:, C.SPEECH_S] += overlap(Span(self.speaking_since, heard), first, last)
        rows[:, _SEEN_S] = ROW * (rows[:, _SEEN] > 0)
        rows[:, C.JUDGED_S] = ROW * (rows[:, _JUDGED] > 0).any(axis=1)
        self._derive_head(rows)
        self._derive_body(rows)
        self._derive_sound(rows, first, last, written_until)
        self._derive_gaze(rows)
        self._derive_variety(rows, self.medians(last - max(len(rows), SPEAKER_ROWS), last))

    def _derive_head(self, rows: Floats) -> None:
        seen = rows[:, C.HEAD] > 0
        n = np.maximum(rows[:, C.HEAD], 1)
        step = np.hypot(np.diff(rows[:, C.YAW] / n), np.diff(rows[:, C.HEAD_PITCH] / n))
        both = seen[1:] & seen[:-1]
        rows[1:, C.HEAD_S] = ROW * both
        rows[1:, C.HEAD_MOVED] = np.where(both, step, 0.0)
        placed = rows[:, C.PLACE]
        x, y, size = (rows[:, _PLACE] / np.maximum(placed, 1)[:, None]).T
        known = (placed[1:] > 0) & (rows[:-1, C.FACE] > 0)
        throughout = (placed > 0) & (placed == rows[:, C.FACE])
        stays = np.hypot(np.diff(x), np.diff(y)) < STEADY * size[1:]
        rows[1:, C.PLACE_S] = ROW * known
        rows[1:, C.STEADY_S] = ROW * (known & throughout[1:] & throughout[:-1] & stays)

    def _derive_body(self, rows: Floats) -> None:
        # Only here, since the face may come after the posture of the same picture.
        judged = rows[:, C.HIDDEN, None] <= 0
        rows[:, _BODY] *= judged
        rows[:, _BODY_ON] *= judged
        rows[:, _BODY_S] = ROW * (_beside(rows[:, _BODY] > 0) & judged)

    def _derive_gaze(self, rows: Floats) -> None:
        """Where the eyes went, and what the candidate did meanwhile."""
        gaze = rows[:, _GAZE]
        speaking = rows[:, C.SPEECH_S] / ROW
        listening = np.maximum(rows[:, C.MICROPHONE_S] / ROW - speaking, 0.0)
        rows[:, C.GAZE_HEARD_S] = rows[:, C.GAZE_S] * (rows[:, C.MICROPHONE_S] > 0)
        rows[:, _GAZE_SPEAKING] = gaze * speaking[:, None]
        rows[:, _GAZE_LISTENING] = gaze * listening[:, None]
        rows[:, C.AWAY] = rows[:, _AWAY].sum(axis=1)
        rows[:, C.AWAY_S] = ROW * (rows[:, C.AWAY] > 0)
        seen, down = rows[:, C.GAZE] > 0, mostly(rows, C.AWAY_DOWN, C.GAZE)
        rows[1:, C.GLANCES_DOWN] = down[1:] & seen[:-1] & ~down[:-1]

    def _derive_sound(self, rows: Floats, first: int, last: int, written_until: float) -> None:
        there = 1 - np.minimum((rows[:, C.GAP_MICROPHONE_S] + rows[:, C.UNJUDGED_S]) / ROW, 1)
        rows[:, _SPOKEN] = np.clip(rows[:, _SPOKEN], 0, ROW) * there[:, None]
        rows[:, _WORD_COUNTS] *= there[:, None]
        heard = (rows[:, C.SOUND_S] > 0) | (rows[:, C.SPEECH_S] > 0)
        rows[:, C.MICROPHONE_S] = ROW * heard * there
        # Speech of which no word was ever written down: there is no transcription.
        if written_until > 0 or not self.onsets:
            rows[:, C.TRANSCRIBED_S] = np.maximum(rows[:, C.MICROPHONE_S] - rows[:, C.GAP_TRANSCRIPTION_S], 0)
        rows[:, C.TALK_S] = rows[:, C.SPEECH_S] + rows[:, C.PAUSE_S]
        written = overlap(Span(0.0, written_until), first, last) * rows[:, C.TRANSCRIBED_S] / ROW**2
        rows[:, C.PACE_S] = (rows[:, C.SPEECH_S] + rows[:, C.PAUSE_IN_PACE_S]) * written

    def _derive_variety(self, rows: Floats, medians: Medians) -> None:
        clear = medians.known & (rows[:, C.SPEECH_S] >= MOSTLY * ROW) & (rows[:, C.CLIPPED_S] <= 0)
        spoken = np.where(clear, 1.0, 0.0)
        voiced = np.maximum(rows[:, C.VOICED_S], 1e-12)
        away = rows[:, C.SEMITONES] / voiced - medians.semitones
        weight = rows[:, C.VOICED_S] * spoken * (np.abs(away) <= OCTAVE_ERROR)
        rows[:, C.PITCH_S] = weight
        rows[:, C.PITCH_SUM] = weight * rows[:, C.SEMITONES] / voiced
        rows[:, C.PITCH_SQUARES] = weight * (away**2 + rows[:, C.SPREAD] / voiced)
        louder = rows[:, C.INTENSITY] / np.maximum(rows[:, C.SOUND_S], 1e-12) - medians.intensity
        rows[:, C.LEVEL_S] = rows[:, C.SOUND_S] * spoken
        rows[:, C.LEVEL_SQUARES] = rows[:, C.LEVEL_S] * louder**2
        rows[:, C.RANGED_S] *= weight > 0
        self._derive_melody(rows, weight * away)

    def _derive_melody(self, rows: Floats, aways: Floats) -> None:
        """Whether the voice was flat over the `FLAT_S` up to each row, about its own mean there."""
        weight = _last(rows[:, C.PITCH_S])
        known = weight >= LEAST_VOICED_S
        mean = _last(aways) / np.maximum(weight, LEAST_VOICED_S)
        variance = _last(rows[:, C.PITCH_SQUARES]) / np.maximum(weight, LEAST_VOICED_S) - mean**2
        rows[:, C.MELODY_S] = rows[:, C.PITCH_S] * known
        rows[:, C.FLAT_S] = rows[:, C.MELODY_S] * (variance < FLAT**2)


def mostly(rows: Floats, on: C, of: C) -> npt.NDArray[np.bool_]:
    """In which rows at least half of the samples in one column are in the other, too."""
    most: npt.NDArray[np.bool_] = (rows[:, of] > 0) & (rows[:, on] >= 0.5 * rows[:, of])
    return most


def overlap(span: Span, first: int, last: int) -> Floats:
    """Seconds that a stretch of time has in common with each of the rows first..last-1."""
    starts = ROW * np.arange(first, last)
    common: Floats = np.minimum(span.end, starts + ROW) - np.maximum(span.start, starts)
    return np.clip(common, 0.0, ROW)


def _last(column: Floats) -> Floats:
    """The sum of each row and those before it in the last `FLAT_S`."""
    running = np.concatenate((np.zeros(int(FLAT_S / ROW)), np.cumsum(column)))
    sums: Floats = running[int(FLAT_S / ROW) :] - running[: len(column)]
    return sums


def _beside(seen: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Posture comes twice a second: a row without a sample beside one with counts as seen, by column."""
    wide = seen.copy()
    wide[1:] |= seen[:-1]
    wide[:-1] |= seen[1:]
    return wide


def _median(values: Floats) -> float:
    # Quicker than np.median at these sizes, and this is in every snapshot.
    n = len(values)
    if not n:
        return 0.0
    middle = np.partition(values, ((n - 1) // 2, n // 2))
    return float(middle[(n - 1) // 2] + middle[n // 2]) / 2
