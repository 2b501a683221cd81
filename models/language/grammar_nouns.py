"""Rules of grammar: number of nouns, articles, comparison, case of pronouns."""

from collections.abc import Iterator

from models.language import morphology
from models.language.clause import (
    BE,
    COLLECTIVE,
    COUNTED,
    MANY,
    MONTHS,
    PEOPLE,
    PLURAL_IN_FORM,
    SUBJECTS,
    UNITS,
    Clause,
    Fault,
)
from models.observations import word_set

_UNCOUNTABLE = {
    **{
        f"{noun}s": noun
        for noun in ("information", "advice", "equipment", "furniture", "software", "hardware")
    },
    **{f"{noun}s": noun for noun in ("knowledge", "feedback", "homework", "luggage", "traffic", "children")},
    **{f"{noun}s": noun for noun in ("people", "staff", "research", "evidence", "data")},
}
_NO_PLURAL = word_set("information advice equipment furniture software hardware knowledge homework luggage")
_MUCH = word_set(
    "experience work time help support money stress pressure feedback effort progress trouble code"
)
"""What is many in some senses, but mostly much."""
_NO_NUMBER = MONTHS | word_set("research money pm am o'clock percent") | _NO_PLURAL | COLLECTIVE
_COMPOUND = ("NN", "JJ", "POS", "VBN", "VBG", "CD", "CC")
"""Tags after which a noun is not the last of its phrase, as the "year" of "two year contract"."""
_CONSONANT = ("uni", "use", "usu", "euro", "eur", "one", "once", "uti", "ubi")
_VOWEL = ("unin", "unim", "unid", "hour", "honest", "honor", "honour", "heir")
_EITHER = ("herb", "us-", "uk", "ufo")
_PROFESSIONS = word_set(
    "engineer developer manager designer teacher consultant analyst nurse programmer intern accountant "
    "assistant salesman waiter waitress cook chef driver technician administrator architect scientist "
    "researcher tester freelancer trainee student lawyer doctor salesperson receptionist translator "
    "journalist editor supervisor"
)
_CASES = {"i": "me", "he": "him", "she": "her", "we": "us", "they": "them"}


def number(clause: Clause) -> Iterator[Fault]:
    """ "Two developer", "each teams", "this projects", "one of my colleague", "informations"."""
    for at in range(len(clause)):
        text = clause.text(at)
        if text in _UNCOUNTABLE and not clause.tag(at + 1).startswith("NN"):
            right = _UNCOUNTABLE[text]
            yield Fault(at, at, "number", f"“{right}” has no plural", right)
        elif text in ("this", "each", "every", "another") and clause.tag(at) in ("DT", "JJ"):
            yield from _before_plural(clause, at)
        elif text in ("these", "those"):
            yield from _before_singular(clause, at)
        elif clause.is_number(at) or (text in MANY and clause.tag(at) in ("JJ", "DT", "PDT")):
            yield from _counted(clause, at)
        elif (
            text == "one"
            and clause.text(at - 1) != "the"
            and clause.text(at + 1) == "of"
            and clause.tag(at + 2) in ("DT", "PRP$")
        ):
            yield from _one_of(clause, at)
        elif text in ("a", "an") and at + 1 not in clause.broken:
            yield from _one_plural(clause, at)
        elif text == "much":
            yield from _much(clause, at)
        elif text == "of" and clause.text(at - 1) in word_set(
            "lot lots plenty couple number all some most many"
        ):
            yield from _several_of(clause, at)
        elif text == "which" and clause.text(at - 1) in PEOPLE and clause.tag(at + 1).startswith(("V", "MD")):
            yield Fault(at, at, "pronoun", "Of people it is “who”", "who")


def _several_of(clause: Clause, at: int) -> Iterator[Fault]:
    """ "A lot of problem", "all of my coworker"."""
    head = clause.noun_phrase(at + 1)
    whole = clause.text(at - 1) in word_set("all some most") and clause.text(at + 1) == "the"
    if head is None or whole or clause.tag(head + 1).startswith(_COMPOUND):
        return
    if clause.text(head) in COUNTED - COLLECTIVE and clause.is_singular(head):
        yield _wrong_number(clause, head, morphology.plural(clause.text(head)))


def _much(clause: Clause, at: int) -> Iterator[Fault]:
    """ "Much people"; not "much sales pressure"."""
    compound = clause.tag(at + 2).startswith("NN")
    if clause.is_plural(at + 1) and clause.text(at + 1) not in PLURAL_IN_FORM and not compound:
        yield Fault(at, at, "number", "“much” goes with what cannot be counted", "many")


def _before_plural(clause: Clause, at: int) -> Iterator[Fault]:
    """ "Each teams", "this projects"; not "this sales target"."""
    head = clause.noun_phrase(at)
    if head is None or clause.text(head) in PLURAL_IN_FORM | UNITS or not clause.is_plural(head):
        return
    if clause.text(at + 1) == "few" or any(clause.tag(i) != "JJ" for i in range(at + 1, head)):
        return
    if clause.text(at) != "this":
        yield _wrong_number(clause, head, morphology.singular(clause.text(head)))
    elif head == at + 1 or clause.tag(head + 1).startswith("VB"):
        yield Fault(at, at, "number", f"“{clause.text(head)}” is plural", "these")


def _before_singular(clause: Clause, at: int) -> Iterator[Fault]:
    """ "These project"."""
    head = clause.noun_phrase(at)
    if head is None or not clause.is_singular(head) or clause.tag(head + 1) == "POS":
        return
    if clause.is_count(head) and clause.text(head) not in COLLECTIVE | {"one"}:
        yield _wrong_number(clause, head, morphology.plural(clause.text(head)))


def _counted(clause: Clause, at: int) -> Iterator[Fault]:
    """ "Two developer", "many thing"; not "a two year contract", "phase two development"."""
    before = clause.tag(at - 1)
    if before in ("NN", "NNP", "PRP$", "CD", "POS") and not clause.is_number(at - 1):
        return
    # "a two year contract", "a five to three vote"
    first = at
    while clause.is_number(first - 1) or (
        clause.text(first - 1) in ("to", "or") and clause.is_number(first - 2)
    ):
        first -= 1
    if clause.text(first - 1) in word_set("a an the this that every each"):
        return
    noun = clause.skip(at + 1, lambda i: clause.tag(i) in ("JJ", "JJR", "JJS") or clause.is_number(i))
    if clause.names[noun : noun + 1] == [True] or clause.tag(noun + 1).startswith(_COMPOUND):
        return
    if clause.text(at) == "many" and noun == at + 1 and clause.text(noun) in _MUCH:
        yield Fault(at, at, "number", f"“{clause.text(noun)}” is much, not many", "much")
    elif clause.is_singular(noun) and clause.is_count(noun) and clause.text(noun) not in _NO_NUMBER:
        yield _wrong_number(clause, noun, morphology.plural(clause.text(noun)))


def _one_of(clause: Clause, at: int) -> Iterator[Fault]:
    """ "One of my colleague"."""
    head = clause.noun_phrase(at + 2)
    if head is None or not clause.is_singular(head) or clause.text(head) in COLLECTIVE:
        return
    certain = (
        clause.text(head + 1) in SUBJECTS | word_set("is was are were")
        and clause.text(head) not in _NO_NUMBER
    )
    if clause.is_count(head) or certain:
        yield _wrong_number(clause, head, morphology.plural(clause.text(head)))


def _one_plural(clause: Clause, at: int) -> Iterator[Fault]:
    """ "A teams of four"."""
    noun = at + 1
    if (
        clause.noun_phrase(at) != noun
        or not clause.is_plural(noun)
        or clause.text(noun + 1) not in word_set("of for in with")
    ):
        return
    if clause.text(noun) not in PLURAL_IN_FORM | UNITS:
        yield _wrong_number(clause, noun, morphology.singular(clause.text(noun)))


def _wrong_number(clause: Clause, noun: int, right: str) -> Fault:
    return Fault(noun, noun, "number", f"The number of “{clause.text(noun)}” does not fit", right)


def articles(clause: Clause) -> Iterator[Fault]:
    """ "A engineer", "an problem", "an advice", "worked as developer", "the most of us", "was lot of"."""
    for at in range(len(clause) - 1):
        text, after = clause.text(at), clause.text(at + 1)
        if text in ("a", "an") and clause.tag(at) == "DT" and at + 1 not in clause.broken:
            vowel = _starts_with_vowel(after)
            right = text if vowel is None else "an" if vowel else "a"
            if after in _NO_PLURAL and not clause.tag(at + 2).startswith("NN"):
                yield Fault(at, at, "article", f"“{after}” is not counted", "some")
            elif right != text:
                yield Fault(at, at, "article", f"“{right}” goes before “{after}”", right)
        elif (text, after, clause.text(at + 2)) == ("the", "most", "of") and clause.opens(at):
            yield Fault(at, at + 1, "article", "“most of” has no article", "most")
        elif text == "as" and after in _PROFESSIONS and clause.tag(at + 2) in ("", ".", ",", "IN", "CC"):
            if clause.is_near(at, word_set("work worked working works job hired employed"), 4):
                right = f"as {'an' if _starts_with_vowel(after) else 'a'} {after}"
                yield Fault(at, at + 1, "article", f"“{after}” needs an article", right)
        elif (text, after) == ("lot", "of") and clause.tag(at - 1) not in ("DT", "PRP$", "JJ", "PDT", "NN"):
            yield Fault(at, at + 1, "article", "“lot of” needs an article", "a lot of")


def _starts_with_vowel(word: str) -> bool | None:
    """Whether a word's sound begins with a vowel; None where that is not sure, as with abbreviations."""
    spoken = word.isascii() and word.replace("-", "").isalpha() and any(c in "aeiouy" for c in word[1:])
    if not spoken or len(word) < 3 or word.startswith(_EITHER):
        return None
    if word.startswith(_VOWEL):
        return True
    return word[0] in "aeiou" and not word.startswith(_CONSONANT)


def comparison(clause: Clause) -> Iterator[Fault]:
    """ "More easier", "the most best", "very more", "was enough fast"."""
    for at in range(len(clause) - 1):
        text, after = clause.text(at), clause.text(at + 1)
        compared = not {"JJR", "RBR", "JJS", "RBS"}.isdisjoint((clause.tag(at + 1), *clause.possible(at + 1)))
        ending = after.endswith(("er", "est", "worse", "worst"))
        if text in ("more", "most") and compared and ending and at + 1 not in clause.broken:
            if after not in word_set("later latter fewer"):
                yield Fault(at, at + 1, "comparison", f"“{after}” says “{text}” already", after)
        elif (text, after) == ("very", "more"):
            yield Fault(at, at, "comparison", "Before “more” comes “much”", "much")
        elif text == "enough":
            ends = clause.text(at + 2) in ("to", "for") or clause.is_mark(at + 2)
            if clause.text(at - 1) in BE and clause.tag(at + 1) == "JJ" and ends:
                yield Fault(at, at + 1, "word order", "“enough” comes after the adjective", f"{after} enough")


def pronouns(clause: Clause) -> Iterator[Fault]:
    """ "Between you and I", "asked to I", "if him was"."""
    message = "After a preposition comes the object form"
    for at in range(1, len(clause)):
        text, before = clause.text(at), clause.text(at - 1)
        if text in _CASES:
            ends = clause.is_mark(at + 1) or clause.text(at + 1) in word_set(
                "if because when about in on at for with and but"
            )
            governed = before in word_set("to for with from about between by of") and clause.tag(at - 1) in (
                "IN",
                "TO",
            )
            paired = before == "and" and "between" in (clause.text(at - 3), clause.text(at - 4))
            acts = clause.tag(at + 1) in ("VBD", "VBP", "VBZ", "MD")
            if (governed and ends) or (paired and not acts):
                yield Fault(at, at, "pronoun", message, _CASES[text])
        elif text in ("him", "us", "them") and clause.opens(at):
            right = {"him": "he", "us": "we", "them": "they"}[text]
            if clause.text(at + 1) in ("was", "is", "were", "has") and not clause.is_mark(at - 1):
                yield Fault(at, at, "pronoun", "This is the object form", right)
