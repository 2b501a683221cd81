"""Whether a sentence of an interviewer's speech asks for an answer, by its syntax.

Recognisers set question marks by chance, and spoken questions often are no questions in form ("tell me
about …"). So the order of words decides: an auxiliary before its subject, a question word that is asked
with, an imperative of telling, or a wish to know. What is asked in passing is left out: tag questions, checks
of the line, offers, and what is too short to be more than a nod. Parts of speech are those of `tagger`,
hesitations and restarts go first (`clause`). English only.
"""

import re
from collections.abc import Iterator, Sequence

from models.language.clause import (
    ADVERBS_AT_START,
    BE,
    HAVE,
    MODALS,
    NEGATIONS,
    OPENERS,
    SUBJECTS,
    Clause,
)
from models.language.tagger import Tagger
from models.observations import Word, ends_sentence, is_hesitation, word_set

FEWEST = 3
"""Words below which a sentence is a nod or a probe ("why not", "and then") within the same answer."""
AUXILIARIES = (BE | HAVE | MODALS | word_set("do does did")) - word_set("be been being ca wo")
QUESTION_WORDS = word_set("what which who whom whose when where why how")
GOES_ON = word_set(
    "when while if because whether unless until although which who whose whom what to with about"
)
"""Behind one of these nobody stops: a full stop there is the recogniser's, at the end of what it heard."""
LONGEST_PHRASE = 6
"""Tokens from a question word to its auxiliary: "what kind of manager", "how many people"."""
_LEADS = ADVERBS_AT_START | word_set(
    "so and but or great right good nice cool perfect alright thanks thank sorry hmm mm-hmm mhm hey hi "
    "hello listen next just please still really fine interesting again"
)
"""Words before a question that are none of it."""
_INDEFINITE = word_set(
    "anybody anyone anything somebody someone something everybody everyone there this that"
)
_NOUN_STARTS = frozenset(("DT", "PDT", "PRP$", "NN", "NNS", "NNP", "NNPS", "CD", "JJ", "JJR", "JJS", "EX"))
_FINITE = frozenset(("VBZ", "VBD", "VBP", "MD"))
_VERBS = frozenset((*_FINITE, "VB", "VBN", "VBG"))
_REPORTS = word_set("asked ask asks said say says told wondered")
_TELLING = word_set(
    "describe explain elaborate outline summarise summarize compare define introduce imagine suppose picture"
)
_IMPERATIVES = re.compile(
    r"(tell|remind) (me|us|everybody|everyone) (?!when\b|if\b|once\b|to\b)\w+"
    r"|(walk|take|talk|guide|lead) (me|us) through\b"
    r"|talk (to (me|us) )?about\b|say (more|something|a (little|bit|few))\b"
    r"|give (me|us)?\s?((an?|some|one|two|three|your|the) )*(\w+ )?"
    r"(examples?|idea|overview|sense|reasons?|instances?|picture|summary|impression|account)\b"
    r"|share (?!(my|your|the|a|our) screen)(with (me|us) )?\w+"
    r"|name (a|an|one|two|three|some|any|the|your) |list (the|your|some|all|two|three) "
    r"|(think (of|about|back)|recall|remember) (a|an|the|one|your|when|to) |show (me|us) how "
    r"|help (me|us) (to )?understand\b"
    r"|let 's (talk|hear|speak) (a (little|bit) )*(more )?(about|from you)"
    r"|let me ask (you )?(about|what|why|how|who|where|when|which|if|whether|this|a|another)\b"
)
_WISHES = re.compile(
    r"(i|we) ((would|'d) (\w+ )?(like|love|be (curious|interested))|(just )?want(ed)?|need) "
    r"(you )?to (\w+ )?"
    r"(hear|know|understand|learn|ask (you )?(about|what|why|how|if)|tell|describe|explain)\b"
    r"|(i|we) (am|'m|are|'re|was|were) (\w+ )?(curious|interested in|interested to|wondering)\b"
    r"|i wonder (if|how|what|whether|why|who|where|which)\b"
)
_NO_WISH = re.compile(r".*\bto (tell|describe|explain) (you|everybody|that)\b")
_IN_PASSING = re.compile(
    r"(can|could|do|did|are|is) (you|everybody|everyone|anybody|anyone) (all )?(\w+ )?"
    r"(hear|see|hearing|seeing|follow|following|with) ?"
    r"(me|us|my|that|this|it|the (screen|slide)|anything|ok)?"
    r"( \w+)?( now)?$"
    r"|(can|could|do) you (still )?(hear|see) (me|us|my|that|it|this|the)\b"
    r"|(can|could|would|will) you (please )?"
    r"(repeat|wait|hold|mute|unmute|speak up|turn|excuse|say that again)\b"
    r"|(can|could|would) you (please )?(give (me|us) (a|one|two|some) (second|minute|moment|sec|time))"
    r"|would you (like|want|care for) (?!to (tell|describe|explain|say|talk|share|start|begin|add|work|see))"
    r"|do you mind\b|would you mind (if|waiting|repeating)"
    r"|are you (all )?(ready|there|still there|ok|okay|fine|sure|good|set|alright|comfortable)$"
    r"|are you (ready|okay|ok|good) (to|with|for|now)\b"
    r"|does (that|this|it) (all )?(make sense|work|sound|help|answer)\b"
    r"|(is|was|would|are) (that|this|it|those|things|everything) (all )?"
    r"(be )?(right|ok|okay|fine|correct|clear|alright|all right|good|true|so|working)\b"
    r"|is (there )?(everything|anything) (ok|okay|fine|unclear|you need)\b"
    r"|how (are|is|'s|was|were) (you|it|things|everything|your (day|trip|journey|weekend|morning|flight))\b"
    r"(?! (able|going to|supposed|dealt|measured))"
    r"|how do you do$|what 's up\b|guess what\b|you know what\b|who knows\b|who cares\b|what (if )?not\b"
    r"|how about (we|a break|i)\b|what about (we|a break|me)\b"
)


class Asking:
    """Finds sentences that ask; without state of its own, shared between threads."""

    def __init__(self, tagger: Tagger) -> None:
        self._tagger = tagger

    def asks(self, said: Sequence[str]) -> bool:
        """Whether a sentence, given by its words as recognised or as displayed, wants an answer."""
        clause = Clause(said, self._tagger)
        marked = any(word.rstrip("\"'”’)").endswith("?") for word in said[-1:])
        return any(_asks_from(clause, at, marked) for at in _starts(clause)) or _asks_inside(clause)

    def find(self, said: Sequence[Word]) -> list[tuple[Word, ...]]:
        """The sentences that ask of what was said in one go, in order, without what leads up to them."""
        return [self._bare(each) for each in _sentences(said) if self._asks(each)]

    def _asks(self, sentence: Sequence[Word]) -> bool:
        return self.asks([word.text for word in sentence])

    def _bare(self, sentence: tuple[Word, ...]) -> tuple[Word, ...]:
        first = 0
        while first < len(sentence) and _is_lead(sentence[first].text):
            first += 1
        return sentence[first:] if self._asks(sentence[first:]) else sentence


def _is_lead(text: str) -> bool:
    return text.strip(",.!").lower() in _LEADS or is_hesitation(text)


def _sentences(said: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
    start = 0
    for n, word in enumerate(said, 1):
        bare = word.text.rstrip(".?!\"'”’)").lower()
        asked_with = word.text.endswith("?") and bare in ("to", "with", "about")
        if n == len(said) or (ends_sentence(word.text) and (bare not in GOES_ON or asked_with)):
            yield tuple(said[start:n])
            start = n


def _starts(clause: Clause) -> Iterator[int]:
    """Where a question may begin: at the start and behind marks, past what leads up to it."""
    edges = [0, *(at + 1 for at in range(len(clause)) if clause.tag(at) in (",", "."))]
    for edge in edges:
        at = edge
        while clause.text(at) in _LEADS or (clause.text(at) == "you" and clause.text(at - 1) == "thank"):
            at += 1
        yield at


def _length(clause: Clause, at: int) -> int:
    """Words from a position to the end of the sentence."""
    return sum(clause.tag(i) not in (",", ".") for i in range(at, len(clause)))


def _rest(clause: Clause, at: int) -> str:
    """What is said from a position to the next mark."""
    end = clause.skip(at, lambda i: not clause.is_mark(i))
    return " ".join(clause.text(i) for i in range(at, end))


def _asks_from(clause: Clause, at: int, marked: bool) -> bool:
    if _length(clause, at) < FEWEST:
        return False
    rest = _rest(clause, at)
    if _IN_PASSING.match(rest):
        return False
    if _IMPERATIVES.match(rest) or (_WISHES.match(rest) and not _NO_WISH.match(rest)):
        return _length(clause, at) > FEWEST
    if clause.text(at) in _TELLING and not clause.is_mark(at + 1):
        return True
    return (
        _polar(clause, at) or _opens_with_question_word(clause, at, marked) or _fragment(clause, at, marked)
    )


def _subject(clause: Clause, at: int) -> int | None:
    """Where the subject behind an auxiliary at a position begins; None without the two."""
    if clause.text(at) not in AUXILIARIES or (clause.text(at) == "'s" and clause.tag(at) == "POS"):
        return None
    at += 1
    if clause.text(at) in NEGATIONS:
        at += 1
    if clause.text(at) in SUBJECTS or clause.text(at) in _INDEFINITE or clause.tag(at) in _NOUN_STARTS:
        return at
    return None


def _polar(clause: Clause, at: int) -> bool:
    """A question for yes or no: an auxiliary, its subject, and something of them."""
    subject = _subject(clause, at)
    if subject is None or clause.is_mark(subject + 1):
        return False
    auxiliary, who = clause.text(at), clause.text(subject)
    if auxiliary.startswith("'"):
        return False
    if who in ("i", "we"):
        return auxiliary in MODALS and clause.text(subject + 1) in ("talk", "speak", "look", "go", "hear")
    behind = range(subject + 1, len(clause))
    if auxiliary in HAVE and who not in SUBJECTS:
        return any(clause.tag(i) == "VBN" for i in behind)
    if auxiliary in ("do", "does", "did") or auxiliary in MODALS:
        # "will power" and "do nothing" have no verb of their own behind
        return who in SUBJECTS or any(clause.tag(i) in ("VB", "VBP") for i in behind)
    return True


def _phrase_end(clause: Clause, at: int) -> int | None:
    """Where the auxiliary of the question word at a position stands, before its subject; None without one."""
    for i in range(at + 1, min(at + 1 + LONGEST_PHRASE, len(clause))):
        if clause.tag(i) in (",", "."):
            return None
        if _subject(clause, i) is not None:
            return i
        if clause.text(i) in SUBJECTS or clause.tag(i) in _VERBS:
            return None
    return None


def _opens_with_question_word(clause: Clause, at: int, marked: bool) -> bool:
    if clause.text(at) not in QUESTION_WORDS and clause.tag(at) in ("IN", "TO"):
        # "in which situations", "to what extent"
        at += 1
        return clause.text(at) in QUESTION_WORDS and _phrase_end(clause, at) is not None
    word, following = clause.text(at), clause.text(at + 1)
    if word not in QUESTION_WORDS or _is_cleft(clause, at):
        return False
    if word == "why" and clause.tag(at + 1) in _NOUN_STARTS and following not in SUBJECTS:
        return True
    if (word, following) in (("what", "about"), ("how", "about"), ("how", "come")):
        return True
    end = _phrase_end(clause, at)
    if end is not None:
        return not _is_ours(clause, end) and (word != "which" or end > at + 1 or marked)
    if word in ("when", "where", "why", "whose") or (word == "how" and following not in ("many", "much")):
        return False
    # the question word is, or is with, the subject
    verb = at + 1
    while (
        clause.tag(verb) in ("NN", "NNS", "JJ", "IN", "DT", "PRP", "RB", "RBR", "JJR")
        and verb - at < LONGEST_PHRASE
    ):
        if clause.tag(verb) == "PRP" and clause.text(verb) not in ("you", "them", "us", "these", "those"):
            return False
        verb += 1
    if following in ("a", "an", "i", "we", "you", "he", "she", "they", "it"):
        return False
    return clause.tag(verb) in _FINITE and (word != "which" or verb > at + 1 or marked)


def _is_ours(clause: Clause, auxiliary: int) -> bool:
    """Whether speakers ask about themselves: "where were we", "what can I do"."""
    subject = _subject(clause, auxiliary)
    return subject is not None and clause.text(subject) in ("i", "we")


def _is_cleft(clause: Clause, at: int) -> bool:
    """Whether the question word begins a statement: "what matters is that you tried"."""
    verbs = [i for i in range(at + 1, len(clause)) if clause.tag(i) in _FINITE]
    if len(verbs) < 2:
        return False
    first, second = verbs[0], verbs[1]
    between = range(first + 1, second)
    if clause.text(second) not in ("is", "was", "'s", "has", "are", "were", "means"):
        return False
    return not any(
        clause.text(i) in OPENERS
        or clause.text(i) in SUBJECTS
        or clause.is_mark(i)
        or clause.text(i) in QUESTION_WORDS
        or clause.text(i) in ("and", "or", "after", "before")
        for i in between
    )


def _fragment(clause: Clause, at: int, marked: bool) -> bool:
    """A question without a verb: "any experience with …", "and your biggest weakness?"."""
    if any(clause.tag(i) in _VERBS for i in range(at, len(clause))):
        return False
    if clause.text(at) == "any":
        return clause.text(at + 1) not in ("questions", "time", "way", "case")
    return marked and clause.text(at) == "your"


def _asks_inside(clause: Clause) -> bool:
    """Whether somewhere in it a question word is asked with: before an auxiliary that stands before "you"."""
    for at in range(1, len(clause)):
        if clause.text(at) not in QUESTION_WORDS or clause.is_near(at, _REPORTS, 5):
            continue
        auxiliary = _phrase_end(clause, at)
        if auxiliary is None or clause.text(auxiliary).startswith("'"):
            continue
        subject = _subject(clause, auxiliary)
        assert subject is not None
        named = clause.text(subject) in SUBJECTS - {"i", "we"} or clause.text(subject) in ("your", "the")
        if named and not clause.is_mark(subject + 1) and not _IN_PASSING.match(_rest(clause, at)):
            return True
    return False
