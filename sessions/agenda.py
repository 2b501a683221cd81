"""What is asked in a room: planned, chosen, written or found in an interviewer's speech, and which holds now.

Pure: no clock; times and what was heard come from outside. A question that is chosen is usually read out,
too, and one that is said is often gone on with or chosen afterwards: until the candidate has begun to answer,
all of that is one question, put when it was last said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from models.observations import word_set
from scoring.language import stems
from sessions.own_questions import MAX_LETTERS, BadList, read
from sessions.questions import Question

ANSWERED_S = 1.5
"""Speech of the candidate after which a question is being answered; less is a nod."""
SAME_S = 30.0
"""Seconds after which, answered or not, somebody who asks asks something else."""
ALIKE = 0.6
"""Share of the stems of two questions that both have, from which on they are one: chosen by hand."""
MOST_FOUND = 100
_EMPTY = frozenset(
    stems(
        word_set(
            "a an the i me my we us our you your he she it they them this that these those there is are was "
            "were be been am do does did have has had can could will would should may might and or but so in "
            "on at of to for with from as by please then just also bit little some any ever"
        )
    )
)
"""Stems that tell no question from another."""


class Put(NamedTuple):
    """A question as it was put to the candidate."""

    question: Question
    t: float | None
    """Session time; None while nothing is measured."""
    by: str | None
    """The member in whose speech it was found."""
    talked: float
    """Seconds that the candidate had spoken until then."""


@dataclass(frozen=True, slots=True)
class Change:
    """What follows from a question."""

    back: tuple[Put, ...] = ()
    """These were not put after all."""
    put: tuple[Put, ...] = ()
    """These were."""
    dropped: int | None = None
    """Index of a question that is none any longer."""


class Agenda:
    """The questions of a room and those that were put, in their order."""

    def __init__(self, planned: Sequence[Question], kept: Mapping[str, Any] | None = None) -> None:
        """With what `to_json` said of an earlier one, where that is given; nothing is measured then."""
        kept = kept or {"questions": [], "found": [], "dropped": [], "put": []}
        self._planned = len(planned)
        self.questions = (*planned, *map(Question.from_json, kept["questions"]))
        self.found: set[int] = set(kept["found"])
        """Indices of those that were found in speech."""
        self.dropped: set[int] = set(kept["dropped"])
        """Of these, those that were none."""
        self._put = [Put(self.questions[index], None, None, 0.0) for index in kept["put"]]

    def to_json(self, heard: bool) -> dict[str, Any]:
        """What is to be kept of it: the questions behind those planned, and by their indices which were put.

        Where what was `heard` in speech is not to be kept, nothing but its places is.
        """
        hidden = set() if heard else self.found
        return {
            "questions": [
                asdict(Question("", each.topic, "", each.seconds) if n in hidden else each)
                for n, each in enumerate(self.questions)
                if n >= self._planned
            ],
            "found": sorted(self.found),
            "dropped": sorted(self.dropped | hidden),
            "put": [index for put in self._put if (index := self.index(put.question)) not in hidden],
        }

    @property
    def current(self) -> Put | None:
        """The question that holds."""
        return self._put[-1] if self._put else None

    @property
    def asked(self) -> set[int]:
        """Indices of those that were put."""
        return {self.index(put.question) for put in self._put}

    def index(self, question: Question) -> int:
        """Its place among all."""
        return self.questions.index(question)

    def open(self, t: float) -> Put | None:
        """Measuring has begun at `t`: the question that was put before that is put now, if there is one."""
        if not self._put or self._put[-1].t is not None:
            return None
        self._put[-1] = self._put[-1]._replace(t=t)
        return self._put[-1]

    def choose(self, question: Question, t: float | None, talked: float) -> Change:
        """An interviewer has chosen or written a question."""
        now = self._unanswered(t, talked)
        if now and now.by:
            if now.question == question:
                return Change()
            if self.index(now.question) in self.found:
                # said in other words, then chosen
                dropped = self.index(now.question)
                self.dropped.add(dropped)
                return replace(self._again(now, question, now.t, now.by, talked), dropped=dropped)
        self._know(question)
        return self._next(Put(question, t, None, talked))

    def hear(self, question: Question, t: float, by: str, talked: float) -> Change:
        """A question was found in the speech of member `by`, which ended at `t`."""
        now = self._unanswered(t, talked)
        if now:
            return self._again(now, self._gone_on(now.question, question), t, by, talked)
        if self.current and alike(self.current.question.text, question.text):
            return Change()
        known = [each for n, each in enumerate(self.questions) if n not in self.dropped]
        same = next((each for each in known if alike(each.text, question.text)), None)
        if same is None:
            if len(self.found) >= MOST_FOUND:
                return Change()
            self._know(question)
            self.found.add(self.index(question))
        return self._next(Put(same or question, t, by, talked))

    def drop(self, index: int) -> Change:
        """What was found in speech was no question. Changes nothing for one that was planned or written."""
        if index not in self.found - self.dropped:
            return Change()
        self.dropped.add(index)
        gone = [put for put in self._put if put.question == self.questions[index]]
        self._put = [put for put in self._put if put not in gone]
        return Change(tuple(put for put in gone if put.t is not None), dropped=index)

    def reword(self, index: int, question: Question) -> Change:
        """What was found in speech was asked in other words; not where those were asked already."""
        if index not in self.found - self.dropped or question in self.questions:
            return Change()
        before = self.questions[index]
        self.questions = (*self.questions[:index], question, *self.questions[index + 1 :])
        gone = [put for put in self._put if put.question == before]
        self._put = [put._replace(question=question) if put in gone else put for put in self._put]
        back = tuple(put for put in gone if put.t is not None)
        return Change(back, tuple(put._replace(question=question) for put in back))

    def _unanswered(self, t: float | None, talked: float) -> Put | None:
        """The question that holds, while it still awaits its answer."""
        now = self.current
        if now is None or now.t is None or t is None:
            return None
        return now if talked - now.talked < ANSWERED_S and abs(t - now.t) <= SAME_S else None

    def _gone_on(self, now: Question, more: Question) -> Question:
        """The question that holds, with what was asked behind it where it was found in speech, too."""
        index = self.index(now)
        if index not in self.found or alike(now.text, more.text):
            return now
        text = f"{now.text} {more.text}"
        whole = (question_of(text) if len(text) <= MAX_LETTERS else None) or more
        if whole not in self.questions:
            self.questions = (*self.questions[:index], whole, *self.questions[index + 1 :])
            # it may have been put before: that was the same question
            before = [put._replace(question=whole) if put.question == now else put for put in self._put[:-1]]
            self._put[:-1] = before
        return whole

    def _know(self, question: Question) -> None:
        if question not in self.questions:
            self.questions = (*self.questions, question)
        self.dropped.discard(self.index(question))

    def _again(self, before: Put, question: Question, t: float | None, by: str, talked: float) -> Change:
        self._put.pop()
        self._know(question)
        put = Put(question, t, by, talked)
        self._put.append(put)
        return Change((before,), (put,))

    def _next(self, put: Put) -> Change:
        self._put.append(put)
        return Change((), (put,))


def question_of(text: str) -> Question | None:
    """A question found in speech, of a long one the end; None where it is none that can be asked."""
    while len(text) > MAX_LETTERS:
        text = text.partition(" ")[2]
    try:
        (question,) = read([text])
    except BadList:
        return None
    return question


def alike(one: str, other: str) -> bool:
    """Whether two texts ask the same, by the stems that they share."""
    first, second = (frozenset(stems(text.split())) for text in (one, other))
    first, second = first - _EMPTY or first, second - _EMPTY or second
    return len(first & second) >= ALIKE * len(first | second)
