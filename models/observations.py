"""What perception says about a session: small frozen facts, each at a session time.

Session time is in seconds since the session's first media arrived. Every observation survives a round
trip through JSON unchanged (`to_json`, `from_json`); a reader skips kinds that it does not know.
"""

import re
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Literal, TypeAlias, get_args

Source: TypeAlias = Literal["camera", "microphone", "transcription"]
EndReason: TypeAlias = Literal["finished", "abandoned", "interrupted", "shutdown"]
Expression: TypeAlias = Literal["neutral", "happy", "surprised", "sad", "angry", "fearful", "disgusted"]
EXPRESSIONS: tuple[Expression, ...] = get_args(Expression)
SoundProblem: TypeAlias = Literal["silent", "clipping", "noisy", "quiet", "other voice", "echo"]
SOUND_PROBLEMS: tuple[SoundProblem, ...] = get_args(SoundProblem)
"""The most pressing first: of several it is told."""
PictureProblem: TypeAlias = Literal[
    "covered",
    "frozen",
    "rotated",
    "photograph",
    "face covered",
    "cut off",
    "small",
    "several faces",
    "backlit",
    "dark",
    "bright",
    "low contrast",
    "blurred",
]
PICTURE_PROBLEMS: tuple[PictureProblem, ...] = get_args(PictureProblem)
"""The most pressing first: of several it is told."""
AnswerPart: TypeAlias = Literal["situation", "task", "action", "result", "claim", "reason", "example"]
"""What a sentence does in an answer: the first four tell of something that happened, the others argue."""
STAR: tuple[AnswerPart, ...] = ("situation", "task", "action", "result")
ARGUMENT: tuple[AnswerPart, ...] = ("claim", "reason", "example")
Direction: TypeAlias = Literal["left", "right", "up", "down"]
"""As seen in the image."""
Choice: TypeAlias = Literal["everything", "content", "none"]
"""What a candidate shares in a room: all measures, those of what is said alone, or nothing."""
MarkKind: TypeAlias = Literal["strong", "follow up", "unclear", "note"]


@dataclass(frozen=True, slots=True)
class FaceSample:
    """The face in one picture. With no face, all that describes one is None."""

    kind: ClassVar[str] = "face"
    t: float
    faces: int
    """Faces found; the rest describes the largest."""
    yaw: float | None = None
    """Degrees; positive when the nose points to the image's right."""
    pitch: float | None = None
    """Degrees; positive when the nose points up."""
    roll: float | None = None
    """Degrees; positive when the head tips clockwise as seen in the image."""
    gaze_x: float | None = None
    """Iris within the eye, -1 (image left) .. 0 (middle) .. 1 (image right)."""
    gaze_y: float | None = None
    """Iris within the eye, -1 (down) .. 0 (middle) .. 1 (up)."""
    on_camera: bool | None = None
    """Eye contact: head and eyes point at the camera; None when unsure (eyes closed, a picture problem)."""
    eye_openness: float | None = None
    """Eye aspect ratio, mean of both eyes: about 0.3 open, below 0.15 closed."""
    smile: float | None = None
    """0 (neutral) .. 1 (broad smile)."""
    x: float | None = None
    """Centre of the face, fraction of the picture's width."""
    y: float | None = None
    """Centre of the face, fraction of the picture's height."""
    size: float | None = None
    """Height of the face, fraction of the picture's height."""
    brightness: float | None = None
    """Mean luma 0..1 of the face, of the whole picture when there is none."""
    sharpness: float | None = None
    """Variance of the Laplacian of the face crop at a set size; below about 10 is blurred."""
    away: Direction | None = None
    """Where the candidate looks while not at the camera; None also when that is unsure."""
    brow: float | None = None
    """Raise of the brows, 0 at rest .. 1 high; below 0 when they are drawn down."""
    head_speed: float | None = None
    """Degrees a second that the head turns by, about whatever axis; near 0 when it is held still."""
    lip_corners: float | None = None
    """How far the lip corners are drawn up and back, what `smile` is taken from: about -1.1 cm at rest."""
    brow_height: float | None = None
    """Brows above the corners of the eyes, what `brow` is taken from: about 2.5 cm at rest."""
    contrast: float | None = None
    """Standard deviation of the face's luma over its mean; below about 0.1 the picture is pale."""
    surroundings: float | None = None
    """Mean luma 0..1 of what is beside and above the face."""
    problem: PictureProblem | None = None
    """The most pressing thing that keeps the picture from being judged, debounced."""


@dataclass(frozen=True, slots=True)
class Blink:
    """A closure of both eyes."""

    kind: ClassVar[str] = "blink"
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class ExpressionSample:
    """How likely a face in one picture is to be read as each expression; 0..1, together 1.

    What the face shows, not what the person feels. Only in sessions whose candidate switched it on.
    """

    kind: ClassVar[str] = "expression"
    t: float
    neutral: float
    happy: float
    surprised: float
    sad: float
    angry: float
    fearful: float
    disgusted: float
    method: Literal["model", "rules"] = "rules"
    """By a configured model, or by rules on the face's points."""


@dataclass(frozen=True, slots=True)
class ExpressionPicture:
    """A small picture of the face with what the model looked at; only where everything may be kept."""

    kind: ClassVar[str] = "expression_picture"
    t: float
    expression: Expression
    probability: float
    method: Literal["class activation", "occlusion"]
    png: str
    """A PNG in base64."""


@dataclass(frozen=True, slots=True)
class HeadGesture:
    """The head went to and fro: up and down, or from side to side."""

    kind: ClassVar[str] = "gesture"
    start: float
    end: float
    gesture: Literal["nod", "shake"]


@dataclass(frozen=True, slots=True)
class PostureSample:
    """The upper body in one picture. What could not be seen is None."""

    kind: ClassVar[str] = "posture"
    t: float
    present: bool
    """A body was found."""
    shoulder_tilt: float | None = None
    """Degrees between the shoulder line and level, or this person's own where it was measured; positive when
    the image's right shoulder is lower."""
    lean: float | None = None
    """Sideways distance of the nose from the middle of the shoulders, or from where this person's own lies
    where it was measured, in shoulder widths."""
    distance: float | None = None
    """Shoulder width as a fraction of the picture's width: larger is nearer."""
    in_frame: bool | None = None
    """Both shoulders and the head are inside the picture."""
    movement: float | None = None
    """Mean speed of nose, shoulders and wrists that are visible, in shoulder widths a second."""
    head_y: float | None = None
    """Height of the ears in the picture, fraction from its top."""
    slouch: float | None = None
    """How far the head has sunk below where this person's own is while upright, in shoulder widths, at least
    0: with 0.1 some 4 cm. None until that is known."""
    hand_at_face: bool | None = None
    """A hand is at the face or before it."""


@dataclass(frozen=True, slots=True)
class VoiceActivity:
    """The candidate starts or stops speaking. `t` is when it happened, a little before it was noticed."""

    kind: ClassVar[str] = "voice"
    t: float
    speaking: bool


@dataclass(frozen=True, slots=True)
class ProsodySample:
    """Pitch and intensity over a short stretch of sound, speech or not."""

    kind: ClassVar[str] = "prosody"
    start: float
    end: float
    intensity_db: float
    """RMS level in dB relative to full scale (0 is the loudest sine; silence is -90)."""
    voiced: float
    """Share of frames with a clear pitch, 0..1."""
    pitch_hz: float | None = None
    """Median fundamental frequency of the voiced frames."""
    pitch_spread: float | None = None
    """Standard deviation of the voiced frames' pitch, semitones."""
    pitch_low_hz: float | None = None
    """The tenth of the voiced frames that is lowest lies below this."""
    pitch_high_hz: float | None = None
    """The tenth of the voiced frames that is highest lies above this."""


@dataclass(frozen=True, slots=True)
class PhraseEnd:
    """How the voice ended a phrase: where speech stopped for a while."""

    kind: ClassVar[str] = "phrase_end"
    t: float
    """Where the speech ended."""
    rise: float | None = None
    """Semitones from the body of the phrase's last part to its very end; None where that was not voiced."""
    fade: float | None = None
    """dB by which the last part was quieter than the phrase."""


@dataclass(frozen=True, slots=True)
class SoundQuality:
    """How well the microphone hears the candidate, over about a second of sound."""

    kind: ClassVar[str] = "sound"
    start: float
    end: float
    speech_db: float | None = None
    """Level of recent speech in dB relative to full scale; None before any."""
    snr_db: float | None = None
    """Estimated ratio of recent speech to the noise behind it; None until both were heard."""
    clipped: float = 0.0
    """Share of samples at full scale, 0..1."""
    problem: SoundProblem | None = None
    """The most pressing thing that keeps sound from being judged, debounced."""


@dataclass(frozen=True, slots=True)
class FilledPause:
    """A hesitation found in the sound of an utterance."""

    start: float
    end: float
    sound: Literal["um", "uh", "drawn out"]


@dataclass(frozen=True, slots=True)
class Word:
    """A word of an utterance."""

    text: str
    """As displayed: with capitals, punctuation and figures."""
    start: float
    end: float
    confidence: float | None = None
    """0..1 where the recogniser gives one."""
    aligned: bool = False
    """The times come from forced alignment or the recogniser; else they are interpolated."""
    raw: str | None = None
    """As recognised, several words perhaps ("twenty five" for "25"), where that differs from `text`."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """A stretch of transcribed speech. A later one with the same id replaces the earlier."""

    kind: ClassVar[str] = "utterance"
    id: int
    """Counts up from 0 in a session."""
    start: float
    end: float
    text: str
    words: tuple[Word, ...] = ()
    committed: int = 0
    """How many leading words will not change until the utterance is final."""
    final: bool = False
    filled_pauses: tuple[FilledPause, ...] = ()
    """Hesitations heard where no word is, in order; known once the utterance is final."""
    second_pass: bool = False
    """The text is a better recogniser's, which read the finished utterance again."""


@dataclass(frozen=True, slots=True)
class GrammarError:
    """Words of a sentence that break a rule of grammar."""

    start: float
    end: float
    rule: str
    """Which: "agreement", "article" …"""
    message: str
    suggestion: str
    """What could stand in their place; empty where nothing simple could."""


@dataclass(frozen=True, slots=True)
class SkillNamed:
    """A skill, by the name that the taxonomy gives it, where it was said."""

    name: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class SentenceRead:
    """A sentence of an answer and what reading it found.

    A later one with the same `asked` and `index` replaces the earlier; with no words it takes it away.
    """

    kind: ClassVar[str] = "sentence"
    asked: float | None
    """Session time of the question that it answers; None before any."""
    index: int
    """Counts up from 0 in an answer."""
    start: float
    end: float
    text: str
    words: int
    relevance: float | None = None
    """How likely it belongs to an answer to its question, 0..1; None without one."""
    key_points: tuple[float, ...] = ()
    """For each key point of the question, how likely the sentence makes it, 0..1."""
    continuity: float | None = None
    """Likeness in meaning to what was said before, a cosine; None for the first sentence of an answer."""
    part: AnswerPart | None = None
    """None where no part of an answer is recognised in it."""
    sentiment: float = 0.0
    """-1 (negative words) .. 1 (positive words)."""
    errors: tuple[GrammarError, ...] = ()
    skills: tuple[SkillNamed, ...] = ()
    names: int = 0
    """Names of things, people and places in it."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something was not there to observe, and why."""

    kind: ClassVar[str] = "gap"
    start: float
    end: float
    source: Source
    reason: str
    """A short phrase to show: "connection lost", "camera off", "no model", "machine busy"."""


@dataclass(frozen=True, slots=True)
class QuestionAsked:
    """A question was put to the candidate; the answer runs to the next one or to the end.

    A later one of the same `t` without text takes it back: what was said goes to the answer before it.
    """

    kind: ClassVar[str] = "question"
    t: float
    id: str
    text: str
    topic: str
    """"behavioural", "motivation", "situational" or "technical"."""
    seconds: float
    """Time that a good answer takes."""
    key_terms: tuple[str, ...] = ()
    """Words that a relevant answer is likely to contain."""
    key_points: tuple[str, ...] = ()
    """What a good answer says, a short sentence each."""
    by: str | None = None
    """Id of the room's interviewer in whose speech it was found; None where it was chosen from a list or
    written."""


@dataclass(frozen=True, slots=True)
class NudgeGiven:
    """A short piece of help shown while the candidate spoke."""

    kind: ClassVar[str] = "nudge"
    t: float
    id: str
    """Which nudge: "slow_down", "look_up" …"""
    text: str


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """The candidate chose what the others in the room may see; holds until the next."""

    kind: ClassVar[str] = "consent"
    t: float
    choice: Choice


@dataclass(frozen=True, slots=True)
class Mark:
    """An interviewer marked a moment. It is shown beside the scores and counts in none."""

    kind: ClassVar[str] = "mark"
    t: float
    by: str
    """Id of the room's member."""
    mark: MarkKind
    text: str = ""


@dataclass(frozen=True, slots=True)
class OtherSpeech:
    """A stretch of an interviewer's speech, on the candidate's axis; it counts in no score."""

    kind: ClassVar[str] = "other_speech"
    start: float
    end: float
    speaker: str
    """Id of the room's member."""
    text: str
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The last observation of every session."""

    kind: ClassVar[str] = "ended"
    t: float
    reason: EndReason


Observation: TypeAlias = (
    FaceSample
    | Blink
    | HeadGesture
    | ExpressionSample
    | ExpressionPicture
    | PostureSample
    | VoiceActivity
    | ProsodySample
    | PhraseEnd
    | SoundQuality
    | Utterance
    | SentenceRead
    | Gap
    | QuestionAsked
    | NudgeGiven
    | ConsentGiven
    | Mark
    | OtherSpeech
    | SessionEnded
)

KINDS: dict[str, type[Observation]] = {
    cls.kind: cls
    for cls in (
        FaceSample,
        Blink,
        HeadGesture,
        ExpressionSample,
        ExpressionPicture,
        PostureSample,
        VoiceActivity,
        ProsodySample,
        PhraseEnd,
        SoundQuality,
        Utterance,
        SentenceRead,
        Gap,
        QuestionAsked,
        NudgeGiven,
        ConsentGiven,
        Mark,
        OtherSpeech,
        SessionEnded,
    )
}

# Clark & Fox Tree 2002 ("Using uh and um in spontaneous speaking") for the hesitations; spelling varies
# with the recogniser.
_HESITATION = re.compile(r"\W*(u+h*m+|u+h+|e+r+m*|a+h+|h+m+|m+h+m*|mm+|eh)\W*", re.IGNORECASE)


def is_hesitation(word: str) -> bool:
    """Whether a word, punctuation aside, is a filled pause: um, uh, er, hmm and their spellings."""
    return _HESITATION.fullmatch(word) is not None


def word_set(text: str) -> frozenset[str]:
    """The words of a text, between white space, as they are written."""
    return frozenset(text.split())


def parts_of(topic: str) -> tuple[AnswerPart, ...]:
    """The parts of an answer to a question on a topic, in their order."""
    return STAR if topic in ("behavioural", "situational") else ARGUMENT


def spread_words(utterance: Utterance) -> tuple[Word, ...]:
    """The words of the utterance's text, evenly over its time."""
    texts = utterance.text.split()
    start = utterance.start
    step = (utterance.end - start) / max(len(texts), 1)
    return tuple(Word(text, start + i * step, start + (i + 1) * step) for i, text in enumerate(texts))


# No English sentence ends with one of these: a full stop behind it is an abbreviation's, or the recogniser's
# at the end of what it was given.
_NEVER_LAST = re.compile(
    r"(an?|the|and|or|but|because|if|my|your|our|their|its|i|we|he|she|they|is|was|are|were|of|mrs?|ms|dr|prof|vs)",
    re.IGNORECASE,
)


def ends_sentence(text: str) -> bool:
    """Whether a word as displayed is the last of its sentence."""
    bare = text.rstrip("\"'”’)]")
    return bare.endswith((".", "?", "!")) and not _NEVER_LAST.fullmatch(bare.rstrip(".?!"))


def time_of(observation: Observation) -> float:
    """Session time at which the observation was complete: its `t`, or its `end`."""
    return observation.end if hasattr(observation, "end") else observation.t


def to_json(observation: Observation) -> dict[str, Any]:
    """The observation as a JSON object with its `kind`."""
    return {"kind": observation.kind, **asdict(observation)}


def from_json(data: dict[str, Any]) -> Observation | None:
    """The observation that `to_json` wrote; None for a kind that this version does not know.

    Fields that this version does not know are left out. Raises TypeError when a required one is missing.
    """
    cls = KINDS.get(data.get("kind", ""))
    if cls is None:
        return None
    known = {f.name: data[f.name] for f in fields(cls) if f.name in data}
    if cls is Utterance or cls is OtherSpeech:
        known["words"] = tuple(Word(**word) for word in known.get("words", ()))
    if cls is Utterance:
        known["filled_pauses"] = tuple(FilledPause(**each) for each in known.get("filled_pauses", ()))
    if cls is SentenceRead:
        known["key_points"] = tuple(known.get("key_points", ()))
        known["errors"] = tuple(GrammarError(**each) for each in known.get("errors", ()))
        known["skills"] = tuple(SkillNamed(**each) for each in known.get("skills", ()))
    if cls is QuestionAsked:
        known |= {name: tuple(known.get(name, ())) for name in ("key_terms", "key_points")}
    return cls(**known)
