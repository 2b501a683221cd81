"""A spoken sentence as grammar sees it: tagged, without hesitations, repeats and self-corrections.

"I, um, I has, I have seen" is searched for errors as "i have seen"; what was taken out is remembered, since
"a, um, engineer" is no wrong article.
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from models.language import morphology
from models.language.tagger import Tagger, Token
from models.observations import is_hesitation, word_set

SUBJECTS = word_set("i he she it we they you")
NOMINATIVE = word_set("i he she we they")
THIRD = word_set("he she it")
OBJECTS = word_set("me him her us them")
NEGATIONS = word_set("not n't")
BE = word_set("am is are was were be been being 'm 's 're")
HAVE = word_set("have has had 've")
MODALS = word_set("can could will would should must might may shall ca wo 'll")
OPENERS = word_set(
    "that because when if while since although though but so where as until whereas whether unless cause once"
)
"""Words after which a clause begins."""
ADVERBS_AT_START = word_set(
    "basically actually then now well yeah yes no also sometimes usually honestly obviously first second "
    "finally okay ok eventually luckily unfortunately today currently anyway fortunately normally generally "
    "often originally initially plus maybe perhaps apparently"
)
COLLECTIVE = word_set(
    "team company staff family group majority minority number lot police crowd audience board committee crew "
    "couple bunch range variety series pair handful percent rest kind type sort part half dozen set third "
    "quarter government management data media public press department firm band club class faculty support "
    "amount leadership population youth none all most some any more fraction portion portfolio hundred "
    "thousand million billion plenty army jury council union hr"
)
"""Nouns that may go with either number of a verb."""
PLURAL_IN_FORM = word_set(
    "news physics economics politics mathematics maths series means headquarters analytics statistics "
    "operations sales logistics ethics data thanks mechanics robotics electronics graphics athletics "
    "dynamics species diabetes metrics settings basics pandas basis status focus process business access "
    "success progress stress class analysis hr apis devops aws kubernetes"
)
"""Nouns in -s, and the like, that may be singular, or only look like a plural."""
UNITS = word_set(
    "years year months weeks days hours minutes seconds dollars euros pounds percent miles kilometers "
    "kilometres people points times meters metres degrees users"
)
"""What amounts are of, which go with a singular: "five years is long"."""
NUMBERS = word_set(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million "
    "billion dozen"
)
PEOPLE = word_set(
    "person people customer customers colleague colleagues client clients user users employee employees "
    "manager managers developer developers engineer engineers friend friends "
    "boss teacher teachers student students "
    "candidate candidates coworker coworkers director directors designer designers man woman men women"
)
COUNTED = PEOPLE - word_set("person people boss man woman men women") | word_set(
    "problem project tool idea thing question issue bug meeting mistake task book ticket feature reason "
    "company country city team department deadline challenge strength weakness goal"
)
"""Nouns that have a plural wherever there may be more than one."""
MONTHS = word_set("january february march april may june july august september october november december")
MANY = word_set("many several few various both numerous")
LONGEST_REPEAT = 4
"""Words of a start that is said again."""


class Fault(NamedTuple):
    """A stretch of a clause that breaks a rule."""

    first: int
    """Position of the first token."""
    last: int
    """Position of the last token, inclusive."""
    rule: str
    """Which kind of rule: "agreement", "article" …"""
    message: str
    suggestion: str
    """What could stand in its place; empty where nothing simple could."""


class Clause:
    """Tokens that remain of a sentence, by their position."""

    def __init__(self, said: Sequence[str], tagger: Tagger) -> None:
        whole = tagger.tokens(said)
        fluent = [token for token in whole if not is_hesitation(token.text)]
        kept, self.broken = _without_repeats(_without_asides(fluent), whole)
        self._tagger = tagger
        texts = [said[token.word] for token in kept]
        tags = tagger.decide([token.text for token in kept])
        self.tokens = [Token(token.word, token.text, tag) for token, tag in zip(kept, tags, strict=True)]
        self.names = [text[:1].isupper() and at > 0 for at, text in enumerate(texts)]

    def __len__(self) -> int:
        return len(self.tokens)

    def text(self, at: int) -> str:
        """The word at a position, in lower case; empty beyond the ends."""
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""

    def tag(self, at: int) -> str:
        """The tag at a position; empty beyond the ends."""
        return self.tokens[at].tag if 0 <= at < len(self.tokens) else ""

    def is_near(self, at: int, among: AbstractSet[str], within: int) -> bool:
        """Whether one of these words is among the `within` ones before a position."""
        return any(self.text(i) in among for i in range(max(0, at - within), at))

    def is_mark(self, at: int) -> bool:
        """Whether there is punctuation, or nothing more, at a position."""
        return self.tag(at) in ("", ".", ",")

    def possible(self, at: int) -> tuple[str, ...]:
        """The tags that the word may have, the likeliest first; for an unknown word the one that it got."""
        return self._tagger.possible(self.text(at)) or (self.tag(at),)

    def skip(self, at: int, among: Callable[[int], bool]) -> int:
        """The first position from `at` on that is not `among`."""
        while at < len(self.tokens) and among(at):
            at += 1
        return at

    def is_adverb(self, at: int) -> bool:
        """Whether the word may stand between a subject and its verb."""
        return self.tag(at).startswith("RB") and self.text(at) not in ("not", "n't")

    def skip_adverbs(self, at: int) -> int:
        """The first position from `at` on that is no adverb."""
        return self.skip(at, self.is_adverb)

    def opens(self, at: int) -> bool:
        """Whether a clause is sure to begin at a position."""
        if self.is_mark(at - 1):
            return True
        before = self.text(at - 1)
        if before in OPENERS:
            listing = before == "as" and self.text(at - 2) in ("such", "well", "as")
            return not listing and (self.tag(at - 1) not in ("DT", "RB") or before in ("so", "as"))
        if before in ("and", "or", "nor") or (
            before in ADVERBS_AT_START and self.tag(at - 1) in ("RB", "UH")
        ):
            return self.is_mark(at - 2) or self.text(at - 2) in OPENERS
        return False

    def is_base(self, at: int) -> bool:
        """Whether the word may be a verb's base, or present tense without -s."""
        return not {"VB", "VBP"}.isdisjoint(self.possible(at)) or "base" in morphology.irregular_forms().get(
            self.text(at), {}
        )

    def is_only_base(self, at: int) -> bool:
        """Whether it is a verb's base and can be nothing else."""
        tags = set(self.possible(at))
        forms = set(morphology.irregular_forms().get(self.text(at), {}))
        return bool(tags) and tags <= {"VB", "VBP"} and forms <= {"base"} and not self.names[at]

    def is_only_past(self, at: int) -> bool:
        """Whether it is a past tense that is no participle and no base: "went"."""
        return set(morphology.irregular_forms().get(self.text(at), {})) == {"past"} and self.text(at) not in (
            *("was", "were", "lay", "saw", "fell"),
        )

    def is_irregular_past(self, at: int) -> bool:
        """Whether it is a past tense or participle of an irregular verb and no base: "told"."""
        forms = morphology.irregular_forms().get(self.text(at), {})
        return bool(forms) and "base" not in forms and self.text(at) not in ("was", "were", "been", "lay")

    def is_only_participle(self, at: int) -> bool:
        """Whether it is a participle that is no past tense: "gone"."""
        return set(morphology.irregular_forms().get(self.text(at), {})) == {"participle"}

    def base(self, at: int) -> str:
        """The base of a verb form as far as it is known, else the word itself."""
        text = self.text(at)
        if text in ("am", "'m", "is", "'s", "are", "'re"):
            return "be"
        forms = morphology.irregular_forms().get(text)
        if forms:
            return next(iter(forms.values()))
        if text.endswith("s") and "VBZ" in self.possible(at):
            return morphology.base_of_third(text)
        for cut, added in (("ed", ""), ("ed", "e"), ("d", ""), ("ing", ""), ("ing", "e")):
            stem = text.removesuffix(cut) + added if text.endswith(cut) else ""
            for candidate in (stem, stem[:-1] if stem[-1:] == stem[-2:-1] else ""):
                if candidate and not {"VB", "VBP"}.isdisjoint(self._tagger.possible(candidate)):
                    return candidate
        return text

    def is_number(self, at: int) -> bool:
        """Whether it is a number above one, in letters or figures that are no year."""
        text = self.text(at)
        if text.isdecimal():
            return len(text) <= 3 and int(text) > 1
        return text.partition("-")[0] in NUMBERS

    def is_plural(self, at: int) -> bool:
        """Whether it is a noun that is sure to be in the plural."""
        known = self.possible(at)
        return known == ("NNS",) or (self.tag(at) == "NNS" and "NN" not in known)

    def is_singular(self, at: int) -> bool:
        """Whether it is a noun that is sure to be in the singular."""
        return self.tag(at) == "NN" and "NNS" not in self.possible(at)

    def is_unknown(self, at: int) -> bool:
        """Whether the tagger never saw the word."""
        return not self._tagger.possible(self.text(at))

    def is_count(self, at: int) -> bool:
        """Whether the noun is known to have a plural."""
        plural = self._tagger.possible(morphology.plural(self.text(at)))
        return "NNS" in plural or self.text(at).endswith(("er", "or", "eer", "ist", "ian"))

    def noun_phrase(self, at: int) -> int | None:
        """The position of the head of the noun phrase that begins at `at`; None if there is none."""
        i = at
        if self.tag(i) == "PDT":
            i += 1
        if self.tag(i) in ("DT", "PRP$", "WDT"):
            i += 1
        head = None
        while i < len(self.tokens):
            tag = self.tag(i)
            if tag in ("NN", "NNS", "NNP", "NNPS") or self.possible(i) == ("NNS",):
                head = i
            elif tag in ("JJ", "JJR", "JJS", "CD", "POS", "VBN", "VBG") or (
                tag in ("RB", "RBR", "RBS") and self.tag(i + 1) in ("JJ", "JJR", "RB")
            ):
                if head is not None and tag != "POS" and self.tag(i + 1) not in ("NN", "NNS"):
                    break
            else:
                break
            i += 1
        return head


def _without_asides(tokens: list[Token]) -> list[Token]:
    """Without "you know", "I mean" and "like" where marks around them say that they carry no meaning."""
    kept: list[Token] = []
    i = 0
    while i < len(tokens):
        pair = (tokens[i].text, tokens[i + 1].text) if i + 1 < len(tokens) else ("", "")
        length = 2 if pair in (("you", "know"), ("i", "mean")) else 1 if tokens[i].text == "like" else 0
        opened = not kept or kept[-1].tag in (",", ".")
        closed = i + length >= len(tokens) or tokens[i + length].tag in (",", ".")
        if length and opened and closed and kept:
            i += length
        else:
            kept.append(tokens[i])
            i += 1
    return kept


def _without_repeats(tokens: list[Token], whole: list[Token]) -> tuple[list[Token], frozenset[int]]:
    """Without the first of what is said twice in a row; and positions before which words were left out."""
    kept: list[Token] = []
    for token in tokens:
        kept.append(token)
        for length in range(LONGEST_REPEAT, 0, -1):
            at = [n for n, each in enumerate(kept) if each.tag not in (",", ".")][-2 * length :]
            texts = [kept[n].text for n in at]
            if len(at) == 2 * length and at[-1] == len(kept) - 1 and texts[:length] == texts[length:]:
                kept = kept[: at[0]] + kept[at[length] :]
                break
    place = {id(token): n for n, token in enumerate(whole)}
    left_out = frozenset(
        at for at in range(1, len(kept)) if place[id(kept[at])] - place[id(kept[at - 1])] > 1
    )
    return kept, left_out
