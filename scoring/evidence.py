"""What was observed, summed in rows of half a second.

Every observation adds to the row of its time, so evidence does not depend on the order in which the lanes
deliver, a stretch of time is a slice, and a live score costs the same after an hour as after a minute.
"""

import math
from bisect import bisect_left, insort
from collections.abc import Collection, Iterable
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
LID_S = 0.15
"""Seconds for which a blink can be seen, and of which one picture tells: of 44 blinks in nine clips one in
seven was found at 1 picture a second."""
MOMENTS, MOVEMENT = (7.1, 7.4), (3.4, 3.7)
"""Pictures a second below which they are too few, and from which they are enough again: for blinks, gestures
and quick turns, and for how head and eyes move from one half second to the next. Of those blinks 91 % were
found at 10 a second, 87 % at 8, 83 % at 7 and 74 % at 5, of made-up nods of 5 degrees at 1 to 3 Hz 96 % at
7.5 and 64 % at 5; cameras fall to 7.5 in poor light. Heads seemed to move as much at 4 as at 10, by up to 1.2
degrees a second more at 3, and by 1.6 at 2."""
RATE_ROWS, LEAST_ROWS = int(8 / ROW), int(2 / ROW)
"""Rows over which pictures are counted, and those with pictures among them from which on the rate is known:
more would be late to tell, fewer hardly know 7 from 8."""
REMEMBERED_ROWS = int(60 / ROW)
"""Rows after which it no longer matters whether pictures had been enough; then a rate between both is."""
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
BY_SITUATION = frozenset(
    [
        *("eye_contact_speaking", "eye_contact_listening"),
        *("away_left", "away_right", "away_up", "away_down", "glances_down"),
    ]
)
"""Indicators of where the eyes went, and when."""
LEAST_S = 1e-12
"""Stands for no seconds where something is divided by seconds."""
MOSTLY = 0.8
"""Share of a row that must be speech for the row to tell of the voice."""


class C(IntEnum):
    """Columns of a row. Counts unless said otherwise; seconds end in S."""

    FACE = 0
    FACE_PRESENT = auto()
    SPOILT = auto()
    """Pictures with something wrong."""
    BRIGHT = auto()
    TURN = auto()
    GAZE = auto()
    SMILE = auto()
    HEAD = auto()
    GAZE_ON = auto()
    AWAY_LEFT = auto()
    """Looks away by direction, as seen in the image."""
    AWAY_RIGHT = auto()
    AWAY_UP = auto()
    AWAY_DOWN = auto()
    SMILE_ON = auto()
    YAW = auto()
    HEAD_PITCH = auto()
    TURN_FAST = auto()
    PLACE = auto()
    PLACE_X = auto()
    """Centre of the face in the picture, as in `FaceSample`; its height in the picture."""
    PLACE_Y = auto()
    PLACE_SIZE = auto()
    BRIGHTNESS = auto()
    LIDS_S = auto()
    """In which a blink would have been seen."""
    BLINKS = auto()
    LONG_CLOSURES = auto()
    NODS = auto()
    SHAKES = auto()
    HIDDEN = auto()
    """Pictures in which nothing can be said of the body."""
    UPRIGHT = auto()
    FRAME = auto()
    MOVE = auto()
    SLOUCH = auto()
    HAND = auto()
    NEAR = auto()
    UPRIGHT_ON = auto()
    FRAME_ON = auto()
    MOVEMENT = auto()
    SLOUCH_ON = auto()
    HAND_ON = auto()
    NEARNESS = auto()
    """Shoulder widths over the picture's width."""
    PAUSES = auto()
    PAUSE_LENGTH = auto()
    """Seconds, all in the row of the pause's end."""
    PAUSE_S = auto()
    PAUSE_IN_PACE_S = auto()
    SPEECH_S = auto()
    UNJUDGED_S = auto()
    """There was sound, but no hearing the candidate in it: too noisy, too quiet, silent."""
    CLIPPED_S = auto()
    """Too loud for the microphone: words and pauses are there, pitch and level are not the candidate's."""
    SOUND_S = auto()
    VOICED_S = auto()
    INTENSITY = auto()
    """dB times seconds."""
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
    # From here on columns follow from those above.
    MOMENTS_S = auto()
    """Pictures came often enough for what lasts a moment."""
    MOVEMENT_S = auto()
    """They came often enough for movement from one row to the next."""
    LOOKS_S = auto()
    """Where the eyes look is known without a break."""
    FACE_S = auto()
    PRESENT_S = auto()
    SPOILT_S = auto()
    BRIGHT_S = auto()
    TURN_S = auto()
    GAZE_S = auto()
    SMILE_S = auto()
    JUDGED_S = auto()
    """Eyes, mouth or head could be judged."""
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
    HEAD_S = auto()
    HEAD_MOVED = auto()
    """Degrees between the mean directions of this row and the one before."""
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


RAW = int(C.MOMENTS_S)


def columns(*which: C) -> npt.NDArray[np.intp]:
    """Columns to take from rows, in half the time that a list of them takes."""
    return np.array(which, np.intp)


_DIRECTIONS: dict[Direction, C] = {
    "left": C.AWAY_LEFT,
    "right": C.AWAY_RIGHT,
    "up": C.AWAY_UP,
    "down": C.AWAY_DOWN,
}
_TOO_FEW, _AGAIN = (np.array(limits)[:, None] for limits in zip(MOMENTS, MOVEMENT, strict=True))
_ENOUGH_S = slice(C.MOMENTS_S, C.MOVEMENT_S + 1)
_BRIEF = columns(C.TURN, C.TURN_FAST, C.LIDS_S, C.BLINKS, C.LONG_CLOSURES, C.NODS, C.SHAKES)
"""What pictures that come too seldom miss in part."""
_SEEN = slice(C.FACE, C.SMILE + 1)
_SEEN_S = slice(C.FACE_S, C.SMILE_S + 1)
_SEEN_OR_HEAD = slice(C.FACE, C.HEAD + 1)
_HEAD = slice(C.YAW, C.HEAD_PITCH + 1)
_PLACE = slice(C.PLACE_X, C.PLACE_SIZE + 1)
_AWAY = slice(C.AWAY_LEFT, C.AWAY_DOWN + 1)
_GAZE = columns(C.GAZE, C.GAZE_ON, C.GAZE_S)
_GAZE_SPEAKING = slice(C.GAZE_SPEAKING, C.GAZE_SPEAKING_S + 1)
_GAZE_LISTENING = slice(C.GAZE_LISTENING, C.GAZE_LISTENING_S + 1)
_BODY = slice(C.UPRIGHT, C.NEAR + 1)
_BODY_AND_ON = slice(C.UPRIGHT, C.NEARNESS + 1)
_BODY_S = slice(C.UPRIGHT_S, C.NEAR_S + 1)
_SPOKEN = slice(C.PAUSE_S, C.SPEECH_S + 1)
_VOICE = slice(C.SPEECH_S, C.SEMITONES + 1)
_HEARD_S = slice(C.SOUND_S, C.VOICED_S + 1)
_HEARD = slice(C.INTENSITY, C.SEMITONES + 1)
_WORD_COUNTS = slice(C.WORDS, C.FADED + 1)
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
        self._lids_at = -math.inf
        """When the lids were seen last."""
        self.speaking_since: float | None = None
        self._last_flip = 0.0
        self._deaf: list[Span] = []
        self._medians: dict[tuple[int, int], Medians] = {}
        """Of the rows last asked about, until there is more sound."""
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
        self._medians.clear()
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
        if face.eye_openness is not None:
            row[C.LIDS_S] += min(max(face.t - self._lids_at, 0.0), LID_S)
            self._lids_at = face.t
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
        self._medians.clear()
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
        if (first, last) not in self._medians:
            self._medians = {(first, last): self._medians_of(first, last)}
        return self._medians[first, last]

    def _medians_of(self, first: int, last: int) -> Medians:
        voice = self._rows[max(first, 0) : last, _VOICE].T.copy()
        said, unjudged, clipped = voice[:3]
        clear = (said >= MOSTLY * ROW) & (unjudged + clipped <= 0)
        heard, pitched = clear & (voice[3:5] > 0)
        level, pitch = voice[5:] / np.maximum(voice[3:5], LEAST_S)
        known = bool(ROW * np.count_nonzero(pitched) >= BASELINE_S)
        return Medians(_median(pitch[pitched]), _median(level[heard]), known)

    def _enough(self, first: int, last: int) -> npt.NDArray[np.bool_]:
        """Whether pictures came often enough in the rows first..last-1, for `MOMENTS` and for `MOVEMENT`.

        Shape (2, last - first). Rows without any are left out of the rate: a camera that is off is not slow.
        """
        start = max(first - REMEMBERED_ROWS - RATE_ROWS, 0)
        pictures = self._rows[start:last, C.FACE]
        counts = _last(np.array((pictures, pictures > 0), float), RATE_ROWS)
        rates = counts[0] / np.maximum(ROW * counts[1], LEAST_S)
        above = rates >= _AGAIN
        decisive = (counts[1] >= LEAST_ROWS) & (above | (rates < _TOO_FEW))
        if start:
            decisive[:, :RATE_ROWS] = False
        # The row of the latest verdict and, in the lowest bit, the verdict.
        place = 2 * np.arange(len(rates))
        latest = np.maximum.accumulate(np.where(decisive, place | above, -2 * REMEMBERED_ROWS - 2), axis=1)
        forgotten = place - latest > 2 * REMEMBERED_ROWS
        enough: npt.NDArray[np.bool_] = (pictures > 0) & (forgotten | (latest & 1 > 0))
        return enough[:, first - start :]

    def rows(
        self, first: int, last: int, until: float, written_until: float, wanted: Collection[str]
    ) -> Floats:
        """All columns of rows first..last-1, shape (last - first, len(C)), column by column in memory.

        `until` is the session time up to which speech that still goes on counts, `written_until` the end of
        what the transcription has reached. Columns that only indicators need which are not `wanted` are 0.
        """
        # What is told by a change, as head movement is, begins with the row before the first.
        before = max(first - 1, 0)
        self._reach(last)
        cells = np.zeros((len(C), last - before))
        cells[:RAW] = self._rows[before:last].T
        if self.speaking_since is not None:
            heard = until if self.heard_until is None else min(until, self.heard_until + 2.0)
            cells[C.SPEECH_S] += overlap(Span(self.speaking_since, heard), before, last)
        # Speech of which no word was ever written down: there is no transcription.
        transcribed = written_until > 0 or not self.onsets
        written = overlap(Span(0.0, written_until), before, last)
        medians = self.medians(last - max(last - before, SPEAKER_ROWS), last)
        cells[_ENOUGH_S] = ROW * self._enough(before, last)
        _derive_seen(cells)
        _derive_head(cells)
        _derive_body(cells)
        _derive_sound(cells, written, transcribed)
        _derive_variety(cells, medians)
        if "face_stability" in wanted:
            _derive_place(cells)
        if not BY_SITUATION.isdisjoint(wanted):
            _derive_gaze(cells)
        if "monotony" in wanted:
            _derive_melody(cells, medians)
        return cells[:, first - before :].T


# Each of the following fills in columns; `cells` has shape (len(C), rows).


def _derive_seen(cells: Floats) -> None:
    cells[np.ix_(_BRIEF, cells[C.MOMENTS_S] <= 0)] = 0.0
    cells[C.LIDS_S] = np.minimum(cells[C.LIDS_S], ROW)
    seen = cells[_SEEN_OR_HEAD] > 0
    cells[_SEEN_S] = ROW * seen[_SEEN]
    cells[C.JUDGED_S] = ROW * (seen[C.GAZE] | seen[C.SMILE] | seen[C.HEAD])
    cells[C.LOOKS_S] = cells[C.MOVEMENT_S] * seen[C.GAZE]


def _derive_head(cells: Floats) -> None:
    n = cells[C.HEAD]
    seen = (n > 0) & (cells[C.MOVEMENT_S] > 0)
    yaw, pitch = _steps(cells[_HEAD] / np.maximum(n, 1))
    both = seen[1:] & seen[:-1]
    cells[C.HEAD_S, 1:] = ROW * both
    cells[C.HEAD_MOVED, 1:] = np.where(both, np.hypot(yaw, pitch), 0.0)


def _derive_place(cells: Floats) -> None:
    placed = cells[C.PLACE]
    there = (placed > 0) & (cells[C.MOVEMENT_S] > 0)
    throughout = there & (placed == cells[C.FACE])
    place = cells[_PLACE] / np.maximum(placed, 1)
    x, y, _ = _steps(place)
    stays = np.hypot(x, y) < STEADY * place[2, 1:]
    known = there[1:] & (cells[C.FACE, :-1] > 0)
    cells[C.PLACE_S, 1:] = ROW * known
    cells[C.STEADY_S, 1:] = ROW * (known & throughout[1:] & throughout[:-1] & stays)


def _derive_body(cells: Floats) -> None:
    # Only here, since the face may come after the posture of the same picture.
    hidden = cells[C.HIDDEN] > 0
    cells[_BODY_AND_ON, hidden] = 0.0
    cells[_BODY_S] = ROW * (_beside(cells[_BODY] > 0) & ~hidden)


def _derive_sound(cells: Floats, written: Floats, transcribed: bool) -> None:
    there = 1 - np.minimum((cells[C.GAP_MICROPHONE_S] + cells[C.UNJUDGED_S]) / ROW, 1)
    cells[_SPOKEN] = np.minimum(np.maximum(cells[_SPOKEN], 0), ROW) * there
    counts = cells[_WORD_COUNTS]
    counts *= there
    speech = cells[C.SPEECH_S]
    heard = (cells[C.SOUND_S] > 0) | (speech > 0)
    cells[C.MICROPHONE_S] = ROW * heard * there
    if transcribed:
        cells[C.TRANSCRIBED_S] = np.maximum(cells[C.MICROPHONE_S] - cells[C.GAP_TRANSCRIPTION_S], 0)
    cells[C.TALK_S] = speech + cells[C.PAUSE_S]
    cells[C.PACE_S] = (speech + cells[C.PAUSE_IN_PACE_S]) * (written * cells[C.TRANSCRIBED_S] / ROW**2)


def _derive_gaze(cells: Floats) -> None:
    """Where the eyes went, and what the candidate did meanwhile."""
    gaze = cells[_GAZE]
    speaking = cells[C.SPEECH_S] / ROW
    listening = np.maximum(cells[C.MICROPHONE_S] / ROW - speaking, 0.0)
    cells[C.GAZE_HEARD_S] = cells[C.GAZE_S] * (cells[C.MICROPHONE_S] > 0)
    cells[_GAZE_SPEAKING] = gaze * speaking
    cells[_GAZE_LISTENING] = gaze * listening
    away = cells[_AWAY].sum(axis=0)
    cells[C.AWAY] = away
    cells[C.AWAY_S] = ROW * (away > 0)
    seen, down = cells[C.LOOKS_S] > 0, mostly(cells.T, C.AWAY_DOWN, C.GAZE)
    cells[C.GLANCES_DOWN, 1:] = down[1:] & seen[:-1] & ~down[:-1]


def _derive_variety(cells: Floats, medians: Medians) -> None:
    clear = medians.known & (cells[C.SPEECH_S] >= MOSTLY * ROW) & (cells[C.CLIPPED_S] <= 0)
    seconds = cells[_HEARD_S]
    safe = np.maximum(seconds, LEAST_S)
    aways = cells[_HEARD] / safe - [[medians.intensity], [medians.semitones]]
    level, pitch = seconds * clear
    pitch *= np.abs(aways[1]) <= OCTAVE_ERROR
    squares = aways**2
    cells[C.PITCH_S] = pitch
    cells[C.PITCH_SUM] = pitch * cells[C.SEMITONES] / safe[1]
    cells[C.PITCH_SQUARES] = pitch * (squares[1] + cells[C.SPREAD] / safe[1])
    cells[C.LEVEL_S] = level
    cells[C.LEVEL_SQUARES] = level * squares[0]
    cells[C.RANGED_S] *= pitch > 0


def _derive_melody(cells: Floats, medians: Medians) -> None:
    """Whether the voice was flat over the `FLAT_S` up to each row, about its own mean there."""
    pitch = cells[C.PITCH_S]
    away = cells[C.SEMITONES] / np.maximum(cells[C.VOICED_S], LEAST_S) - medians.semitones
    lasting = _last(np.array((pitch, pitch * away, cells[C.PITCH_SQUARES])), int(FLAT_S / ROW))
    known = lasting[0] >= LEAST_VOICED_S
    mean, square = lasting[1:] / np.maximum(lasting[0], LEAST_VOICED_S)
    cells[C.MELODY_S] = pitch * known
    cells[C.FLAT_S] = cells[C.MELODY_S] * (square - mean**2 < FLAT**2)


def mostly(rows: Floats, on: C, of: C) -> npt.NDArray[np.bool_]:
    """In which rows at least half of the samples in one column are in the other, too."""
    most: npt.NDArray[np.bool_] = (rows[:, of] > 0) & (rows[:, on] >= 0.5 * rows[:, of])
    return most


def overlap(span: Span, first: int, last: int) -> Floats:
    """Seconds that a stretch of time has in common with each of the rows first..last-1."""
    edges = ROW * np.arange(first, last + 1)
    within = np.minimum(np.maximum(edges, span.start), span.end)
    common: Floats = within[1:] - within[:-1]
    return common


def _steps(cells: Floats) -> Floats:
    """What each row is above the one before it."""
    steps: Floats = cells[:, 1:] - cells[:, :-1]
    return steps


def _last(cells: Floats, rows: int) -> Floats:
    """The sum of each row and those before it, so many in all."""
    running = np.cumsum(cells, axis=1)
    running[:, rows:] -= running[:, :-rows].copy()
    return running


def _beside(seen: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Posture comes twice a second: a row without a sample beside one with counts as seen, by column."""
    wide = seen.copy()
    wide[:, 1:] |= seen[:, :-1]
    wide[:, :-1] |= seen[:, 1:]
    return wide


def _median(values: Floats) -> float:
    # Quicker than np.median at these sizes, and this is in every snapshot.
    n = len(values)
    if not n:
        return 0.0
    middle = np.partition(values, ((n - 1) // 2, n // 2))
    return float(middle[(n - 1) // 2] + middle[n // 2]) / 2
