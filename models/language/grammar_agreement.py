"""Rules of grammar: verbs that agree with their subjects."""

from collections.abc import Iterator

from models.language import morphology
from models.language.clause import (
    COLLECTIVE,
    MANY,
    MODALS,
    NEGATIONS,
    NOMINATIVE,
    OBJECTS,
    PLURAL_IN_FORM,
    SUBJECTS,
    THIRD,
    UNITS,
    Clause,
    Fault,
)
from models.observations import word_set

_TO_PLURAL = {"is": "are", "was": "were", "has": "have", "does": "do"}
_TO_SINGULAR = {"are": "is", "were": "was", "have": "has", "do": "does"}
_INDEFINITE = word_set("everybody everyone nobody somebody someone everything nothing something")
_FREQUENCY = word_set(
    "always never often usually sometimes really also still just only even already normally"
)
_BARE_AFTER = MODALS | word_set(
    "make makes made let lets help helps helped see sees saw hear heard watch watched have had do does did "
    "'d than"
)
"""Verbs after which a subject and a bare verb are right: "it made him work", "did they say"."""
_MANDATIVE = word_set(
    "insist insisted recommend recommended suggest suggested demand demanded request requested propose "
    "proposed require required ask asked important essential"
)
"""What asks for something, after which a bare verb is right: "insisted that he take part"."""
_UNREAL = word_set("if wish wished though unless as suppose rather")
_NARRATIVE = word_set("says goes")
"""How people quote: "and then I says"."""


def pronouns(clause: Clause) -> Iterator[Fault]:
    """ "He don't", "we was", "I has", "it make"."""
    for at in range(len(clause)):
        subject = clause.text(at)
        if subject not in SUBJECTS or clause.tag(at) not in ("PRP", "NN", "FW", "LS", "CD", "NNP"):
            continue
        # an object is no subject: "what worried you was"
        if (subject in ("it", "you") and not clause.opens(at)) or _takes_bare_verb(clause, at):
            continue
        verb = clause.skip_adverbs(at + 1)
        joined = clause.text(at - 1) in ("and", "or")
        if subject == "i":
            right = _after_i(clause, verb, joined)
        elif subject in THIRD:
            right = "" if joined else _after_third(clause, subject, verb, close=verb == at + 1)
        else:
            right = _after_plural(clause, subject, verb)
        if right:
            yield agreement(clause, verb, right, f"“{clause.text(verb)}” does not go with “{subject}”")


def _after_i(clause: Clause, verb: int, joined: bool) -> str:
    """The form that a verb should have after "I"; empty if it has it. "Laura and I are" is right."""
    text = clause.text(verb)
    if text in ("is", "are"):
        return "" if (joined and text == "are") or clause.text(verb + 1) == "i" else "am"
    if text == "were":
        return "" if joined or clause.is_near(verb, _UNREAL, 4) else "was"
    return _without_s(clause, verb) if text not in _NARRATIVE else ""


def _after_third(clause: Clause, subject: str, verb: int, close: bool) -> str:
    text = clause.text(verb)
    if text in ("are", "have", "do", "am"):
        return {**_TO_SINGULAR, "am": "is"}[text]
    if text == "were":
        return "" if clause.is_near(verb, _UNREAL, 4) else "was"
    if text in ("be", "let") or text.endswith("s") or "'" in text or _is_asked_for(clause, verb):
        return ""
    sure = {"VBD", "VBN", "MD", "VBZ", "IN", "NNP"}.isdisjoint(clause.possible(verb))
    # "he" and "she" are hardly followed by a noun, so a likelier reading as a noun does not count
    if sure and clause.is_base(verb) and (clause.tag(verb).startswith("VB") or (close and subject != "it")):
        return morphology.third_person(text)
    return ""


def _after_plural(clause: Clause, subject: str, verb: int) -> str:
    text = clause.text(verb)
    if text in ("is", "was", "am"):
        return (
            "" if text == "was" and clause.is_near(verb, _UNREAL, 4) else "were" if text == "was" else "are"
        )
    return _without_s(clause, verb) if subject != "you" or text in _TO_PLURAL else ""


def _is_asked_for(clause: Clause, verb: int) -> bool:
    """Whether a bare verb is right: "recommended that he take part"."""
    return any(
        clause.text(at) in _MANDATIVE and clause.text(at + 1) == "that"
        for at in range(max(0, verb - 6), verb)
    )


def _without_s(clause: Clause, verb: int) -> str:
    """The form without -s of what is sure to be a verb that has one, else nothing."""
    text = clause.text(verb)
    if text in ("has", "does"):
        return _TO_PLURAL[text]
    third = clause.tag(verb) == "VBZ" or clause.possible(verb) == ("VBZ",)
    if not third or "'" in text or text in ("is", "was"):
        return ""
    goes_on = clause.tag(verb + 1) in ("TO", "DT", "PRP", "PRP$", "IN", "RP", "RB")
    return clause.base(verb) if goes_on or "NNS" not in clause.possible(verb) else ""


def _takes_bare_verb(clause: Clause, at: int) -> bool:
    """Whether the subject there may stand before a bare verb: in a question, after "let" or "made"."""
    before = at - 2 if clause.text(at - 1) in NEGATIONS else at - 1
    return clause.text(before) in _BARE_AFTER or clause.is_near(at, word_set("let lets made make makes"), 3)


def nouns(clause: Clause) -> Iterator[Fault]:
    """ "The customers was", "my weakness are", "my manager always give"."""
    at = 0
    while at < len(clause):
        # "helping others comes naturally" is about helping
        starts = clause.opens(at) and clause.tag(at) not in ("VBG", "VBN")
        head = clause.noun_phrase(at) if starts else None
        if head is None:
            at += 1
            continue
        begin, at = at, head + 1
        end, joined = _attached(clause, head)
        noun = clause.text(head)
        amount = noun in UNITS and any(clause.tag(i) == "CD" for i in range(begin, head))
        if joined or amount or "-" in noun or noun in COLLECTIVE | PLURAL_IN_FORM or clause.names[head]:
            continue
        verb = clause.skip_adverbs(end + 1)
        if clause.is_plural(head):
            # a name that is not known may look like a plural
            name = clause.is_unknown(head) and (head == begin or clause.tag(head - 1) in ("NN", "NNP"))
            right = "" if name else _of_plural(clause, verb)
            if right:
                yield agreement(clause, verb, right, f"“{noun}” is plural")
        elif clause.is_singular(head) and not _is_listed(clause, begin):
            right = _of_singular(clause, head, end, verb)
            if right:
                yield agreement(clause, verb, right, f"“{noun}” is singular")


def _of_plural(clause: Clause, verb: int) -> str:
    return _TO_PLURAL.get(clause.text(verb), "") or _without_s(clause, verb)


def _of_singular(clause: Clause, head: int, end: int, verb: int) -> str:
    text = clause.text(verb)
    if clause.text(head) in ("anyone", "anybody", "anything") or _is_asked_for(clause, verb):
        return ""
    if text in ("are", "were", "have") or (text == "do" and clause.text(verb + 1) in NEGATIONS):
        unreal = text == "were" and clause.is_near(head, _UNREAL, 4)
        return "" if unreal or clause.text(verb + 1) in NOMINATIVE | {"you"} else _TO_SINGULAR[text]
    often = verb > end + 1 and clause.text(verb - 1) in _FREQUENCY and clause.tag(verb) in ("VBP", "VB")
    goes_on = clause.text(verb + 1) in OBJECTS or clause.tag(verb + 1) in ("DT", "PRP$", "TO")
    sure = often or (verb == end + 1 and goes_on)
    return morphology.third_person(text) if sure and clause.is_only_base(verb) else ""


def _is_listed(clause: Clause, begin: int) -> bool:
    """Whether what begins there may be one of several: "the plan, the team"."""
    after_noun = clause.tag(begin - 2) in ("NN", "NNS", "NNP", "CD")
    return clause.text(begin - 1) in ("and", "or", "nor") or (clause.tag(begin - 1) == "," and after_noun)


def _attached(clause: Clause, head: int) -> tuple[int, bool]:
    """Where what belongs to a noun ends ("of the survey"), and whether more than that is joined to it."""
    end = head
    for _ in range(2):
        if clause.text(end + 1) in word_set("of in on from for at with between about"):
            inner = clause.noun_phrase(end + 2)
            if inner is None:
                return end, True
            end = inner
    return end, clause.text(end + 1) in word_set("and or nor , who that which to")


def relatives(clause: Clause) -> Iterator[Fault]:
    """ "People who gives", "a person who have"."""
    for at in range(1, len(clause)):
        which = clause.text(at)
        # "one of those people who gives" has good company
        if which not in ("who", "that") or clause.tag(at) == "DT" or clause.is_near(at, {"one"}, 6):
            continue
        verb = clause.skip_adverbs(at + 1)
        noun, text = clause.text(at - 1), clause.text(verb)
        if clause.is_plural(at - 1):
            of_more = clause.is_near(at, word_set("of in"), 4)
            if (
                of_more
                or noun in PLURAL_IN_FORM | UNITS - {"people"}
                or (which != "who" and text in _TO_PLURAL)
            ):
                continue
            right = _of_plural(clause, verb)
            if right and (which == "who" or "NNS" not in clause.possible(verb)):
                yield agreement(clause, verb, right, f"“{noun}” is plural")
        elif which == "who" and clause.is_singular(at - 1) and noun not in COLLECTIVE:
            several = clause.is_near(at - 1, word_set("of and in"), 2)
            right = _TO_SINGULAR.get(text, "") if text != "do" else ""
            if clause.is_only_base(verb) and clause.tag(verb) == "VBP":
                right = morphology.third_person(text)
            if right and not several:
                yield agreement(clause, verb, right, f"“{noun}” is singular")


def indefinites(clause: Clause) -> Iterator[Fault]:
    """ "Nobody have", "everybody were", where the tagger takes them for pronouns."""
    for at in range(len(clause) - 1):
        if clause.text(at) in _INDEFINITE and clause.opens(at) and clause.tag(at) != "NN":
            verb = clause.skip_adverbs(at + 1)
            right = _TO_SINGULAR.get(clause.text(verb))
            if right:
                yield agreement(clause, verb, right, f"“{clause.text(at)}” is singular")


def existence(clause: Clause) -> Iterator[Fault]:
    """ "There is many ways", "there were a disagreement"; "there's many ways" is how people talk."""
    message = "What there is decides the verb’s number"
    for at in range(len(clause) - 2):
        if clause.text(at) != "there" or clause.tag(at) != "EX":
            continue
        verb = clause.skip_adverbs(at + 1)
        thing = clause.skip_adverbs(verb + 1)
        head = clause.noun_phrase(thing)
        if head is None:
            continue
        text, noun = clause.text(verb), clause.text(head)
        if text in ("is", "was") and clause.is_plural(head) and noun not in PLURAL_IN_FORM | UNITS:
            counted = clause.is_number(thing) or clause.text(thing) in MANY | word_set("these those")
            if (counted or clause.tag(thing) in ("NNS", "JJ")) and clause.text(head + 1) not in ("and", "or"):
                yield agreement(clause, verb, _TO_PLURAL[text], message)
        elif text in ("are", "were") and clause.text(thing) in ("a", "an"):
            several = noun in COLLECTIVE or clause.text(thing + 1) == "few"
            if clause.is_singular(head) and not several:
                yield agreement(clause, verb, _TO_SINGULAR[text], message)


def each_of(clause: Clause) -> Iterator[Fault]:
    """ "Each of the developers were", "one of them have"."""
    for at in range(len(clause) - 3):
        if clause.text(at) in ("each", "one") and clause.text(at + 1) == "of" and clause.opens(at):
            head = clause.noun_phrase(at + 2)
            last = at + 2 if clause.text(at + 2) in OBJECTS else head
            right = _TO_SINGULAR.get(clause.text(last + 1), "") if last is not None else ""
            if last is not None and right and clause.text(last + 1) != "do":
                yield agreement(clause, last + 1, right, f"“{clause.text(at)}” is singular")


def pairs(clause: Clause) -> Iterator[Fault]:
    """ "Me and him was", "my colleague and me was", "her and me decides"."""
    someone = OBJECTS | NOMINATIVE | {"you"}
    for at in range(1, len(clause) - 2):
        if clause.text(at) != "and":
            continue
        owner = clause.tag(at - 2) in ("PRP$", "DT") and clause.tag(at - 1) == "NN"
        begin = at - 2 if owner else at - 1
        owned = clause.noun_phrase(at + 1) if clause.tag(at + 1) in ("PRP$", "DT") else None
        last = at + 1 if clause.text(at + 1) in OBJECTS | {"i"} else owned
        named = clause.text(at - 1) in someone
        if last is not None and clause.opens(begin) and (named or (owner and last == at + 1)):
            verb = clause.skip_adverbs(last + 1)
            right = _TO_PLURAL.get(clause.text(verb)) or _without_s(clause, verb)
            if right:
                yield agreement(clause, verb, right, "Two are plural")


def agreement(clause: Clause, verb: int, right: str, message: str) -> Fault:
    """A fault of a verb's number or person, with the "n't" behind it."""
    if clause.text(verb + 1) == "n't":
        return Fault(verb, verb + 1, "agreement", message, f"{right}n't")
    return Fault(verb, verb, "agreement", message, right)
