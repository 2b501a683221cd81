"""Text measures: filler words, hedges, repeats and false starts, specifics and key terms in what was said.

All functions are pure and take words as displayed, with their punctuation: a comma is the best witness that
"like" or "you know" carries no meaning.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from models.observations import is_hesitation, word_set

Mark: TypeAlias = Literal["filler", "hedge", "repeat"]


class Hit(NamedTuple):
    """A marked stretch of words; a phrase such as "you know" is one hit."""

    first: int
    """Index of the first word."""
    last: int
    """Index of the last word, inclusive."""
    mark: Mark


class Phrase(NamedTuple):
    """A stretch of words."""

    first: int
    """Index of the first word."""
    last: int
    """Index of the last word, inclusive."""


_ADVERBS = word_set("basically actually literally")
# With these around it, the adverb says something: "what actually happened", "not literally".
_ADVERB_NOT_AFTER = word_set(
    "what who how why when where if whether did does do not never didn't don't doesn't isn't wasn't aren't "
    "weren't can't couldn't won't taken translated meant only"
)
_ADVERB_NOT_BEFORE = word_set("happened happens happening translates means true sound nothing free")

_HEDGES = word_set("maybe perhaps probably possibly hopefully somewhat presumably")
_HEDGE_PHRASES = (
    ("i", "guess"),
    ("i", "think"),
    ("i", "suppose"),
    ("i", "feel", "like"),
    ("not", "sure"),
    ("more", "or", "less"),
    ("in", "a", "way"),
)
# "I think about …" and "what I think" name a thought; they do not soften a statement.
_THINK_NOT_AFTER = word_set("what how when as if way")
_THINK_NOT_BEFORE = word_set("about of through in")

# Repeated on purpose, or by grammar ("the work that that team had had").
_MAY_REPEAT = word_set(
    "had that is do very really so much many no yes yeah bye far again more long never ha blah now there"
)

_KIND_NOT_AFTER = word_set(
    "a an the this that these those what which some any one two every each same different new right wrong "
    "very best worst another other first certain no all my your our their his her only special of whatever"
)
_KNOW_NOT_AFTER = word_set(
    "do did does if as would don't didn't that what how when who let things people everything all because "
    "once before until should"
)
_KNOW_NOT_BEFORE = word_set(
    "what how that the about why who where whether it this him her them me us your my if when exactly a an"
)
# Without commas, "you know" fills where a sentence was going on before it …
_KNOW_AFTER = word_set(
    "just like so but and um uh er to is was it's are were a the of with for or really my our"
)
# … or begins after it; "you know Python" says what somebody knows.
_KNOW_BEFORE = word_set(
    "i i'm i've i'd i'll we we're we've he he's she she's they they're it's it there there's there are "
    "that's and but so or just like kind sort really not maybe because for with in at on to um uh"
)
_MEAN_NOT_AFTER = word_set("what that which do if you")
_MEAN_NOT_BEFORE = word_set("by that it the to business what")
_LIKE_AFTER = word_set("and but so or because then was were just it's is that's")
_LIKE_BEFORE_NUMBER = word_set("had have has got took takes take need needed about with for are of after in")
_LIKE_BEFORE = word_set(
    "really so very super totally okay oh maybe just kind sort i i'm i've we we're he she they you um uh"
)
_LIKE_VERB = word_set(
    "i you we they would i'd you'd we'd they'd he'd she'd to don't didn't look looks looked feel feels "
    "felt sound sounds sounded seem seems seemed be really also do did something anything nothing things"
)

# Words that praise, promise or sound modern and say nothing that could be checked: every applicant says the
# same, so an interviewer has nothing to write down. Own list, after what guides for applicants warn of; of
# words with a plain meaning as well ("challenge", "dynamic", "value", "key") only phrases are taken. The
# intensifiers are among the weak words that writing checkers list.
_BUZZWORDS = (
    "passion|passionate|synergy|leverage|holistic|holistically|paradigm|proactive|proactively|"
    "seamless|seamlessly|mindset|perfectionist|empower|empowering|empathetic|innovative|"
    "visionary|disruptive|strategic thinker|team player|people person|natural leader|born leader|"
    "problem solver|self starter|hard worker|go getter|fast learner|quick learner|quick study|"
    "game changer|rock star|thought leader|market leader|highly motivated|very motivated|"
    "results driven|result oriented|results oriented|detail oriented|solution oriented|"
    "customer centric|service oriented|service mentality|can do attitude|hands on mentality|"
    "growth mindset|outside the box|outside of the box|comfort zone|extra mile|win win|value add|"
    "add value|added value|create value|bring value|hit the ground running|low hanging fruit|"
    "move the needle|next level|cutting edge|state of the art|best in class|world class|"
    "best practices|core values|company culture|positive vibes|positive energy|personal growth|"
    "new challenge|exciting challenge|great opportunity|learning experience|valuable experience|"
    "hundred and ten percent|good communication skills|communication skills|soft skills|skill set|"
    "thick skin|multitasking|think big|big picture|on the same page|at the end of the day|"
    "when all is said and done|in today's world|the customer is king|communication is key|is the key|"
    "is really the key|is very important|is really important|work life balance|dynamic person|"
    "dynamic environment|dynamic team|highly flexible"
)
_INTENSIFIERS = (
    "very|really|extremely|incredibly|absolutely|totally|completely|definitely|obviously|"
    "certainly|truly|highly|amazing|super|utterly"
)

_SUBJECTS = word_set("i we he she they it you there")
# What opens a predicate and cannot end one, unless it answers a question.
_UNFINISHED = word_set(
    "was were am is are have has had would could should can will might must want wanted need needed tried"
)
_UNFINISHED_SUBJECTS = word_set(
    "i'm i've i'd i'll we're we've we'd we'll he's she's they're they've it's that's"
)
_MAY_END_SO = word_set("yes yeah no as than so what who where how which that if")

_NUMBER_WORDS = word_set(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds "
    "thousand thousands million millions billion percent half third quarter double doubled twice dozen "
    "tripled halved"
)
_ACTION_VERBS = word_set(
    "led built wrote ran made taught found cut set took drove began brought chose drew gave got held kept "
    "met put sent sold spoke split spent won rewrote rebuilt oversaw grew broke caught"
)
# Past tenses that tell of a state of mind rather than of something done.
_NOT_ACTIONS = word_set(
    "wanted needed liked loved hated believed hoped seemed wished felt used supposed tried guessed "
    "mentioned need feed"
)
_BETWEEN_I_AND_VERB = word_set("also then just personally quickly first have had really actually always")

_EDGES = re.compile(r"^[^\w']+|[^\w'%]+$|^'+|'+$")
BLOCK = 50
"""Words in which `variety` counts."""
_SUFFIX = re.compile(r"(?:'s|ies|ing|ed|es|s)$")


def plain(text: str) -> str:
    """The word in lower case without the punctuation around it; empty when nothing is left."""
    word = text.lower()
    return word if word.isalnum() else _EDGES.sub("", word.replace("’", "'"))


def hits(texts: Sequence[str]) -> list[Hit]:
    """The fillers, hedges and immediate repeats among the words, in order; a word is in at most one."""
    words = [plain(text) for text in texts]
    found: list[Hit] = []
    i = 0
    while i < len(words):
        hit = _hit_at(i, words, texts)
        if hit is None:
            i += 1
        else:
            found.append(hit)
            i = hit.last + 1
    return found


def _hit_at(i: int, words: list[str], texts: Sequence[str]) -> Hit | None:
    word = words[i]
    if not word:
        return None
    if is_hesitation(word) or (word in _ADVERBS and _is_filler_adverb(i, words, texts)):
        return Hit(i, i, "filler")
    length = _false_start_length(i, words, texts)
    if length:
        return Hit(i, i + length - 1, "repeat")
    length = _repeat_length(i, words, texts)
    if length:
        return Hit(i, i + length - 1, "repeat")
    if _is_filler_phrase(i, words, texts):
        return Hit(i, i + 1, "filler")
    length = _hedge_length(i, words)
    if length:
        return Hit(i, i + length - 1, "hedge")
    if word == "like" and _is_filler_like(i, words, texts):
        return Hit(i, i, "filler")
    return None


def buzzwords(texts: Sequence[str]) -> list[Phrase]:
    """The stretches of words that sound good and say little, the longest at each place, in order."""
    parts = [(part, n) for n, text in enumerate(texts) for part in plain(text).split("-") if part]
    words, homes = [stem(part) for part, _ in parts], [n for _, n in parts]
    found: list[Phrase] = []
    i = 0
    while i < len(words):
        lengths = (len(phrase) for phrase in _EMPTY.get(words[i], ()) if words[i : i + len(phrase)] == phrase)
        length = max(lengths, default=0)
        if length:
            found.append(Phrase(homes[i], homes[i + length - 1]))
        i += length or 1
    return found


def _at(words: list[str], i: int) -> str:
    return words[i] if 0 <= i < len(words) else ""


def _comma_before(i: int, texts: Sequence[str]) -> bool:
    return i > 0 and texts[i - 1].rstrip().endswith((",", "–", "—", "..."))


def _comma_after(i: int, texts: Sequence[str]) -> bool:
    return texts[i].rstrip().endswith((",", "–", "—", "..."))


def _sentence_ends(i: int, texts: Sequence[str]) -> bool:
    return i + 1 >= len(texts) or texts[i].rstrip().endswith((".", "?", "!"))


def _is_filler_adverb(i: int, words: list[str], texts: Sequence[str]) -> bool:
    if _comma_after(i, texts) or _comma_before(i, texts):
        return True
    return not (_at(words, i - 1) in _ADVERB_NOT_AFTER or _at(words, i + 1) in _ADVERB_NOT_BEFORE)


def _false_start_length(i: int, words: list[str], texts: Sequence[str]) -> int:
    """How many words from `i` were begun and given up for others: "I was, I went", "wen- went"."""
    if texts[i].rstrip(",. ").endswith("-") and words[i].strip("-"):
        following = _at(words, i + 1)
        # "pre- and post-war" is written so as well
        return int(following not in {"and", "or", "to"})
    if _at(words, i - 1) in _MAY_END_SO:
        return 0
    length = 0
    if words[i] in _UNFINISHED_SUBJECTS:
        length = 1
    elif words[i] in _SUBJECTS and _at(words, i + 1) in _UNFINISHED:
        length = 2
    if not length or not _comma_after(i + length - 1, texts):
        return 0
    again = i + length
    while is_hesitation(_at(words, again)):
        again += 1
    subject = words[i].partition("'")[0]
    same = _at(words, again).partition("'")[0] == subject and words[again : again + length] != words[i:again]
    return length if same and _at(words, again + 1) else 0


def _repeat_length(i: int, words: list[str], texts: Sequence[str]) -> int:
    """How many words from `i` say again the one or two just before them, hesitations left out."""
    before = [k for k in range(max(0, i - 4), i) if words[k] and not is_hesitation(words[k])]
    if not before or texts[before[-1]].rstrip().endswith((".", "?", "!")):
        return 0
    word = words[i]
    if word == words[before[-1]]:
        return 0 if word in _MAY_REPEAT or word[0].isdigit() or word in _NUMBER_WORDS else 1
    pair = [words[k] for k in before[-2:]]
    return 2 if len(pair) == 2 and pair == [word, _at(words, i + 1)] and word not in _MAY_REPEAT else 0


def _is_filler_phrase(i: int, words: list[str], texts: Sequence[str]) -> bool:
    if i + 1 >= len(words):
        return False
    before, after = _at(words, i - 1), _at(words, i + 2)
    match (words[i], words[i + 1]):
        case ("you", "know"):
            if before in _KNOW_NOT_AFTER and not _comma_before(i, texts):
                return False
            if _comma_after(i + 1, texts) or _sentence_ends(i + 1, texts):
                return True
            if after in _KNOW_NOT_BEFORE:
                return False
            return _comma_before(i, texts) or before in _KNOW_AFTER or after in _KNOW_BEFORE
        case ("i", "mean"):
            if before in _MEAN_NOT_AFTER and not _comma_before(i, texts):
                return False
            return _comma_after(i + 1, texts) or after not in _MEAN_NOT_BEFORE
        case ("kind" | "sort", "of"):
            return before not in _KIND_NOT_AFTER and after not in {
                "you",
                "him",
                "her",
                "them",
                "thing",
                "things",
            }
    return False


def _hedge_length(i: int, words: list[str]) -> int:
    if words[i] in _HEDGES:
        return 1
    for phrase in _HEDGE_PHRASES:
        if tuple(words[i : i + len(phrase)]) == phrase:
            thought = phrase == ("i", "think") and (
                _at(words, i - 1) in _THINK_NOT_AFTER or _at(words, i + 2) in _THINK_NOT_BEFORE
            )
            return 0 if thought else len(phrase)
    return 0


def _is_filler_like(i: int, words: list[str], texts: Sequence[str]) -> bool:
    before, after = _at(words, i - 1), _at(words, i + 1)
    number = after in _NUMBER_WORDS or after[:1].isdigit()
    if is_hesitation(before) or before == "like":
        return True
    if _comma_before(i, texts):
        return _comma_after(i, texts) or number or after in _LIKE_BEFORE
    if before in _LIKE_VERB:
        return False
    if _comma_after(i, texts):
        return before not in {"is", "was", "are", "were", "it's"}
    if number and before in _LIKE_BEFORE_NUMBER:
        return True
    return before in _LIKE_AFTER and (after in _LIKE_BEFORE or number)


def is_specific(texts: Sequence[str]) -> list[bool]:
    """For each word, whether it makes the answer concrete: a figure, or what the speaker did ("I built").

    Successive figures ("two hundred") count once.
    """
    words = [plain(text) for text in texts]
    figures = [word in _NUMBER_WORDS or word[:1].isdigit() for word in words]
    return [
        (figures[i] and not (i and figures[i - 1])) or (_is_action(word) and _after_i(i, words))
        for i, word in enumerate(words)
    ]


def _is_action(word: str) -> bool:
    return (word in _ACTION_VERBS or (word.endswith("ed") and len(word) > 4)) and word not in _NOT_ACTIONS


def _after_i(i: int, words: list[str]) -> bool:
    before = _at(words, i - 1)
    if before in _BETWEEN_I_AND_VERB:
        before = _at(words, i - 2)
    return before in {"i", "i've", "i'd"}


def stem(word: str) -> str:
    """A plain word without its common endings, so that "tests", "tested" and "testing" agree."""
    if len(word) <= 3 or (len(word) == 4 and not word.endswith("s")) or word.endswith("ss"):
        return word
    short = _SUFFIX.sub("", word)
    if word.endswith("ies"):
        return short + "y"
    if len(short) < 3:
        return word
    if len(short) > 3 and short[-1] == short[-2] and short[-1] not in "sl":
        short = short[:-1]
    return short[:-1] if short.endswith("e") and len(short) > 3 else short


def stems(texts: Iterable[str]) -> list[str]:
    """The stems of the words that have letters or figures, hesitations left out."""
    return [stem(word) for text in texts if (word := plain(text)) and not is_hesitation(word)]


def terms_said(said: Sequence[str], terms: Iterable[str]) -> list[str]:
    """Which of the key terms, single words or phrases, occur in a list of stems."""
    once = set(said)
    return [term for term in terms if _occurs(_term_stems(term), said, once)]


@lru_cache(maxsize=4096)
def _term_stems(term: str) -> list[str]:
    return stems(term.replace("-", " ").split())


def _occurs(term: list[str], said: Sequence[str], once: set[str]) -> bool:
    if not term or not once.issuperset(term):
        return False
    n = len(term)
    return n == 1 or any(list(said[i : i + n]) == term for i in range(len(said) - n + 1))


def variety(words: Sequence[str]) -> float | None:
    """Share of different words in successive blocks of `BLOCK` words, their mean; None below one block.

    The mean segmental type-token ratio (Johnson 1944), which unlike the plain ratio
    does not fall with length.
    """
    ratios = [len(set(words[i : i + BLOCK])) / BLOCK for i in range(0, len(words) - BLOCK + 1, BLOCK)]
    return sum(ratios) / len(ratios) if ratios else None


def _by_first_word(phrases: str) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for phrase in phrases.split("|"):
        words = [stem(word) for word in phrase.split()]
        found.setdefault(words[0], []).append(words)
    return found


_EMPTY = _by_first_word(f"{_BUZZWORDS}|{_INTENSIFIERS}")
