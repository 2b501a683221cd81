"""What a session's observations add up to: the state of the fold, before any judgement."""

import math
from bisect import bisect_right
from collections import Counter, defaultdict

from models import picture_problems, sound_problems
from models.observations import (
    Blink,
    ExpressionPicture,
    ExpressionSample,
    FaceSample,
    Gap,
    HeadGesture,
    NudgeGiven,
    Observation,
    PhraseEnd,
    PictureProblem,
    PostureSample,
    ProsodySample,
    QuestionAsked,
    SentenceRead,
    SessionEnded,
    SoundProblem,
    SoundQuality,
    Source,
    Utterance,
    VoiceActivity,
    time_of,
)
from scoring.answers import Answers, Content, Said, listen
from scoring.evidence import UNJUDGED, C, Evidence

_COLUMNS = {"filler": C.FILLERS, "hedge": C.HEDGES, "repeat": C.REPEATS}


class Record:
    """The observations so far, added up."""

    def __init__(self) -> None:
        self.evidence = Evidence()
        self.answers = Answers()
        self.gaps: list[Gap] = []
        self.nudges: list[NudgeGiven] = []
        self.expressions: list[ExpressionSample] = []
        self.expression_pictures: list[ExpressionPicture] = []
        self.ended: SessionEnded | None = None
        self.until = 0.0
        """The latest session time of any observation."""
        self.words = 0
        self.filler_words = 0
        self.face: FaceSample | None = None
        """The latest picture's."""
        self.sound: ProsodySample | None = None
        self.voice: VoiceActivity | None = None
        self.quality: SoundQuality | None = None
        self.problems: defaultdict[SoundProblem, float] = defaultdict(float)
        """Seconds of each problem of the sound."""
        self.picture_problems: Counter[PictureProblem] = Counter()
        """Pictures with each problem."""
        self._content_at = [0.0]
        self._content = [Content()]

    @property
    def duration(self) -> float:
        """Seconds; until the end of the session, or the last observation while there is none."""
        return max(self.ended.t if self.ended else self.until, 0.0)

    def add(self, observation: Observation) -> None:
        """Take in the next observation, whatever its time; one whose time is not a number is left out."""
        t = time_of(observation)
        if not math.isfinite(t) or not math.isfinite(getattr(observation, "start", t)):
            return
        self.until = max(self.until, t)
        match observation:
            case FaceSample():
                self.evidence.add_face(observation)
                if observation.problem is not None:
                    self.picture_problems[observation.problem] += 1
                if self.face is None or observation.t >= self.face.t:
                    self.face = observation
            case PostureSample():
                self.evidence.add_posture(observation)
            case ProsodySample():
                self.evidence.add_prosody(observation)
                if self.sound is None or observation.end >= self.sound.end:
                    self.sound = observation
            case PhraseEnd():
                self.evidence.add_phrase_end(observation)
            case SoundQuality():
                self.evidence.add_sound_quality(observation)
                if observation.problem is not None:
                    self.problems[observation.problem] += observation.end - observation.start
                if self.quality is None or observation.end >= self.quality.end:
                    self.quality = observation
            case VoiceActivity():
                self.evidence.add_voice(observation, self.answers.asked)
                self.voice = observation
            case Utterance():
                self._add_utterance(observation)
            case SentenceRead():
                self._add_sentence(observation)
            case Blink():
                self.evidence.add_blink(observation)
            case HeadGesture():
                self.evidence.add_gesture(observation)
            case QuestionAsked() if not observation.text:
                for sentence in self.answers.take_back(observation.t):
                    self._count_sentence(sentence, -1)
                self._remember_content(observation.t)
            case QuestionAsked():
                self.answers.ask(observation)
                self.evidence.drop_pauses(observation.t, observation.t)
                self._remember_content(observation.t)
            case Gap():
                self.gaps.append(observation)
                self.evidence.add_gap(observation)
            case ExpressionSample():
                self.expressions.append(observation)
            case ExpressionPicture():
                self.expression_pictures.append(observation)
            case NudgeGiven():
                self.nudges.append(observation)
            case SessionEnded():
                self.ended = observation

    def _add_utterance(self, utterance: Utterance) -> None:
        said = listen(utterance)
        replaced = self.answers.say(said)
        if replaced is not None:
            self._count(replaced, -1)
        self._count(said, 1)
        self._remember_content(utterance.end)

    def _count(self, said: Said, sign: int) -> None:
        for word, specific, plain in zip(said.words, said.specific, said.plain, strict=True):
            if plain:
                self.evidence.count(word.start, C.WORDS, sign)
            if specific:
                self.evidence.count(word.start, C.SPECIFICS, sign)
        for word, taken in zip(said.words, said.sayings, strict=True):
            if taken.syllables:
                self.evidence.count(word.start, C.SYLLABLES, sign * taken.syllables)
                self.evidence.count(word.start, C.ARTICULATION_S, sign * taken.seconds)
        for hit in said.hits:
            self.evidence.count(said.words[hit.first].start, _COLUMNS[hit.mark], sign)
        for pause in said.pauses:
            self.evidence.count(pause.start, C.FILLERS, sign)
        for phrase in said.buzzwords:
            self.evidence.count(said.words[phrase.first].start, C.BUZZWORDS, sign)
        self.filler_words += sign * len(said.fillers)
        self.words += sign * said.count

    def _add_sentence(self, sentence: SentenceRead) -> None:
        replaced = self.answers.read(sentence)
        if replaced is not None:
            self._count_sentence(replaced, -1)
        if sentence.words:
            self._count_sentence(sentence, 1)
        self._remember_content(sentence.end)

    def _count_sentence(self, sentence: SentenceRead, sign: int) -> None:
        def count(column: C, amount: float) -> None:
            # Binary fractions: what is taken out of a sum again leaves nothing behind.
            self.evidence.count(sentence.start, column, sign * round(1024 * amount) / 1024)

        count(C.READ, sentence.words)
        if sentence.relevance is not None:
            count(C.TO_QUESTION, sentence.words)
            count(C.BELONGING, sentence.words * sentence.relevance)
        if sentence.continuity is not None:
            count(C.FOLLOWING, 1)
            count(C.CONTINUITY, sentence.continuity)
        count(C.ERRORS, len(sentence.errors))
        count(C.SKILLS, len(sentence.skills))
        count(C.SPECIFICS, sentence.names)

    def _remember_content(self, t: float) -> None:
        self._content_at.append(max(t, self._content_at[-1]))
        self._content.append(self.answers.content(ended=False))

    def content_at(self, t: float) -> Content:
        """The measures of the answers as they were known up to a session time."""
        return self._content[max(bisect_right(self._content_at, t) - 1, 0)]

    @property
    def content(self) -> Content:
        """The measures of the answers so far."""
        return self._content[-1]

    def gap_reason(self, source: Source) -> str | None:
        """Why a source was missing, by its longest gap; None without one."""
        gaps = [gap for gap in self.gaps if gap.source == source]
        return max(gaps, key=lambda gap: gap.end - gap.start).reason if gaps else None

    @property
    def sound_reason(self) -> str | None:
        """Why most of the sound that there was could not be judged; None where none of it was so."""
        told = {problem: seconds for problem, seconds in self.problems.items() if problem in UNJUDGED}
        return sound_problems.WORDS[max(told, key=lambda problem: told[problem])].reason if told else None

    @property
    def picture_reason(self) -> str | None:
        """What was wrong in most of the pictures in which something was; None where all was well."""
        worst = self.picture_problems.most_common(1)
        return picture_problems.WORDS[worst[0][0]].reason if worst else None

    def in_gap(self, source: Source, t: float) -> bool:
        """Whether a source is known to be missing at a session time."""
        return any(gap.source == source and gap.start <= t < gap.end for gap in self.gaps[-20:])
