"""Rules of grammar: forms of verbs after auxiliaries, "to" and other verbs; spans of time."""

from collections.abc import Iterator

from models.language import morphology
from models.language.clause import (
    BE,
    HAVE,
    MODALS,
    NEGATIONS,
    NOMINATIVE,
    SUBJECTS,
    THIRD,
    Clause,
    Fault,
)
from models.observations import word_set

_ASKING = word_set("what how when where why who")
_BEFORE_INFINITIVE = word_set(
    "want wants wanted need needs needed try tries tried have has had decide decided able hope hoped plan "
    "planned prefer preferred like love manage managed ready help helps helped learn learned agree agreed "
    "happy refuse refused"
)
_ACTIVITIES = word_set("work live study help start talk look change try use call")
"""Verbs that look like nouns, which nobody is: "I was work"."""
_TO_ING = word_set("have has had like love happy")
"""Of these, what may have "to" and a form in -ing after it: "I had to. Doing it …"."""
_SPAN = word_set("year years month months week weeks day days hour hours")
_TAKES_TO = word_set(
    "decided decide wanted hoped hope planned agreed refused managed promised expected offered"
)
_TAKES_SOMEONE_TO = word_set(
    "asked told wanted allowed invited advised encouraged convinced forced required ask tell want allow"
)
_TAKES_ING = word_set(
    "enjoy enjoys enjoyed avoid avoids avoided suggest suggests suggested dislike dislikes disliked finish "
    "finished recommend recommended"
)
_REGIONAL = word_set("seen done been come run")
"""Participles that stand for the past in many dialects: "I seen it"."""


def auxiliaries(clause: Clause) -> Iterator[Fault]:
    """ "Did went", "have went", "could of", "can to", "I am agree"."""
    for at in range(len(clause)):
        text = clause.text(at)
        if text in ("did", "does", "do"):
            yield from _after_do(clause, at)
        elif text in MODALS and clause.tag(at) == "MD" and clause.tag(at - 1) not in ("DT", "PRP$", "JJ"):
            yield from _after_modal(clause, at)
        elif text in HAVE:
            yield from _after_have(clause, at)
        elif text in BE:
            yield from _after_be(clause, at)


def _after_do(clause: Clause, at: int) -> Iterator[Fault]:
    verb = at + 1
    negated = clause.text(verb) in NEGATIONS
    verb += negated
    asked = clause.text(verb) in SUBJECTS and (negated or clause.opens(at) or clause.text(at - 1) in _ASKING)
    verb += asked
    stressed = clause.text(at) == "did" and clause.text(at - 1) in NOMINATIVE
    if not (negated or asked or stressed) or clause.text(at - 1) == "all":
        return
    verb = clause.skip_adverbs(verb)
    text = clause.text(verb)
    regular = text.endswith("ed") and clause.tag(verb) in ("VBD", "VBN") and not clause.is_base(verb)
    irregular = text == "has" or clause.is_irregular_past(verb)
    if (irregular or (regular and not stressed)) and clause.base(verb) != text:
        whole = clause.text(at) + ("n't" if clause.text(at + 1) == "n't" else "")
        yield _needs_base(clause, verb, f"After “{whole}”")


def _after_modal(clause: Clause, at: int) -> Iterator[Fault]:
    verb = clause.skip_adverbs(at + 1 + (clause.text(at + 1) in NEGATIONS))
    text, modal = clause.text(verb), clause.text(at)
    if text == "of":
        if clause.tag(verb + 1) in ("VBN", "VBD", "VB", "JJ", "VBG", "RB"):
            yield Fault(verb, verb, "verb form", "This is “have”", "have")
    elif text == "to":
        if (
            clause.tag(verb) == "TO"
            and modal in word_set("can could must should would")
            and clause.is_base(verb + 1)
        ):
            yield Fault(verb, verb, "verb form", f"“{modal}” has no “to” after it", "")
    elif clause.is_only_past(verb) or (
        clause.text(at - 1) in SUBJECTS and (clause.is_irregular_past(verb) or _is_inflected(clause, verb))
    ):
        yield _needs_base(clause, verb, f"After “{modal}”")


def _is_inflected(clause: Clause, verb: int) -> bool:
    """Whether it is sure to be a form with -ed, -s or -ing of a verb."""
    if clause.text(verb).endswith("s") and "VBZ" in clause.possible(verb):
        return not clause.is_base(verb) and "'" not in clause.text(verb)
    sure = {"NN", "JJ", "NNS"}.isdisjoint(clause.possible(verb)) and not clause.is_base(verb)
    ending = clause.text(verb).endswith(("ed", "s", "ing")) and "'" not in clause.text(verb)
    return sure and ending and clause.tag(verb) in ("VBD", "VBZ", "VBN", "VBG")


def _after_have(clause: Clause, at: int) -> Iterator[Fault]:
    verb = clause.skip(at + 1, lambda i: clause.is_adverb(i) or clause.text(i) in NEGATIONS)
    text, have = clause.text(verb), clause.text(at)
    someone = clause.text(at - 1) in NOMINATIVE
    # "the launch we had went well"
    if clause.is_only_past(verb) and (have != "had" or clause.text(at - 1) in SUBJECTS):
        yield _needs_participle(clause, verb, f"After “{have}”")
    elif text == "been" and (someone or clause.text(at - 1) == "you") and clause.tag(verb + 2) == "IN":
        other = {"VBN", "JJ", "VBG", "IN", "RB"} & set(clause.possible(verb + 1))
        if clause.is_base(verb + 1) and not other:
            right = morphology.ing(clause.text(verb + 1))
            yield Fault(verb + 1, verb + 1, "verb form", f"After “been” comes “{right}”", right)
    elif clause.tag(verb) == "VBN" and _is_no_participle(clause, verb):
        yield _needs_participle(clause, verb, f"After “{have}”")
    elif someone and clause.is_only_base(verb):
        # "did they have finish", "let him have go"
        bare = clause.text(at - 2) in MODALS | word_set("did do does let make made")
        if not bare and text not in ("let", "be", "got"):
            yield _needs_participle(clause, verb, f"After “{have}”")


def _is_no_participle(clause: Clause, verb: int) -> bool:
    """Whether it is a base form that stands, says the tagger, where a participle must."""
    known = clause.possible(verb)
    unknown = clause.is_unknown(verb) or "participle" in morphology.irregular_forms().get(
        clause.text(verb), {}
    )
    return not unknown and clause.is_base(verb) and {"VBN", "VBD", "JJ"}.isdisjoint(known)


def _after_be(clause: Clause, at: int) -> Iterator[Fault]:
    verb = clause.skip(at + 1, lambda i: clause.is_adverb(i) or clause.text(i) in NEGATIONS)
    text, be, subject = clause.text(verb), clause.text(at), clause.text(at - 1)
    if clause.is_only_past(verb) and be != "'s":
        if text not in word_set("did got went came began fell grew"):
            yield _needs_participle(clause, verb, f"After “{be}”")
    elif text in ("agree", "disagree", "depend", "depends") and be != "being":
        if subject in SUBJECTS or clause.tag(at - 1).startswith("NN"):
            right = text.removesuffix("s")
            right = right if subject in SUBJECTS - THIRD else morphology.third_person(right)
            yield Fault(at, verb, "verb form", "“be” is too much here", right)
    elif subject in NOMINATIVE and be in ("am", "'m", "was") and verb == at + 1 and text in _ACTIVITIES:
        if clause.tag(verb + 1) in ("IN", "TO", "DT", "PRP$"):
            yield _needs_ing(clause, verb, f"After “{be}”")
    elif be in ("is", "are", "was", "were", "been") and clause.tag(at - 1) in ("NN", "NNS"):
        # "what I did was send it", "the first step was talk to them"
        about = clause.is_near(
            at, word_set("what all thing things did do job goal idea step first next plan task"), 9
        )
        if (
            clause.is_only_base(verb)
            and verb == at + 1
            and clause.tag(verb + 1) in ("IN", "TO")
            and not about
        ):
            yield _needs_participle(clause, verb, f"After “{be}”")
    elif subject in NOMINATIVE and clause.is_only_base(verb) and be not in ("be", "been", "being"):
        # "all I did was go", "they are all bark"
        named = clause.is_near(at - 1, word_set("all what did"), 1) or clause.text(verb - 1) == "all"
        if not named and text not in ("be", "let", "thank"):
            yield Fault(at, verb, "verb form", "“be” does not go with the base form", "")


def pasts(clause: Clause) -> Iterator[Fault]:
    """ "I leaded", "she has teached", "I grown up"."""
    for at in range(len(clause)):
        right = morphology.overregular().get(clause.text(at))
        if right:
            helper = at - 2 if clause.is_adverb(at - 1) else at - 1
            if clause.text(helper) in HAVE | BE:
                right = morphology.participle(morphology.irregular_forms()[right]["past"])
            yield Fault(at, at, "verb form", f"The past of this verb is “{right}”", right)
        elif clause.text(at - 1) in NOMINATIVE and clause.is_only_participle(at):
            helped = clause.is_near(at - 1, HAVE | word_set("'d be been"), 5)
            if not helped and clause.text(at) not in _REGIONAL:
                right = morphology.past(clause.base(at))
                yield Fault(at, at, "verb form", f"The past of this verb is “{right}”", right)


def infinitives(clause: Clause) -> Iterator[Fault]:
    """ "Decided move the", "asked me review", "wanted to grown", "enjoy to work", "I am used to work"."""
    for at in range(len(clause) - 2):
        text, after = clause.text(at), clause.text(at + 1)
        if after == "to":
            yield from _before_to(clause, at)
        elif text in _TAKES_TO and clause.tag(at) in ("VBD", "VBP", "VBN") and after not in ("be", "let"):
            likely = clause.possible(at + 1)[0] in ("VB", "VBP") and clause.tag(at + 2) in (
                "DT",
                "PRP$",
                "PRP",
            )
            if clause.is_only_base(at + 1) or (likely and clause.is_base(at + 1)):
                yield Fault(at + 1, at + 1, "verb form", f"After “{text}” comes “to”", f"to {after}")
        elif text in _TAKES_SOMEONE_TO and after in ("me", "us", "him", "them"):
            base = clause.is_base(at + 2) and {"VBD", "VBN", "IN", "RB"}.isdisjoint(clause.possible(at + 2))
            thing = at + 4 if clause.text(at + 3) == "to" else at + 3
            sure = clause.is_only_base(at + 2) or clause.tag(thing) in ("DT", "PRP$")
            if base and sure and clause.text(at + 3) not in SUBJECTS:
                right = f"to {clause.text(at + 2)}"
                yield Fault(at + 2, at + 2, "verb form", f"After “{text}” comes “to”", right)
        elif text in ("want", "wants", "wanted") and after == "that":
            owned = clause.tag(at + 2) in ("PRP$", "DT") and clause.noun_phrase(at + 2) is not None
            if owned or clause.text(at + 2) in NOMINATIVE:
                yield Fault(at, at + 1, "verb form", "After “want” comes someone “to” do it", "")
        elif text in ("after", "before", "without") and clause.is_base(at + 1):
            likely = clause.possible(at + 1)[0] in ("VB", "VBP")
            if likely and clause.tag(at + 2) in ("DT", "PRP$"):
                yield _needs_ing(clause, at + 1, f"After “{text}”")
        elif text in ("in", "for", "by", "about") and clause.tag(at) == "IN" and clause.is_base(at + 1):
            likely = clause.possible(at + 1)[0] in ("VB", "VBP") and clause.tag(at + 2) in ("DT", "PRP$")
            sure = clause.is_only_base(at + 1) and clause.tag(at + 2) in ("DT", "PRP$", "NN", "NNS", "JJ")
            if (likely or sure) and after not in word_set("let do have be"):
                yield _needs_ing(clause, at + 1, f"After “{text}”")


def _before_to(clause: Clause, at: int) -> Iterator[Fault]:
    """What is wrong behind the "to" that follows the word at a position."""
    text, verb = clause.text(at), at + 2
    if clause.possible(verb) == ("VBZ",) and clause.tag(at + 1) == "TO":
        yield _needs_base(clause, verb, "After “to”")
    elif text == "forward" and clause.is_base(verb) and "look" in clause.text(at - 1):
        if clause.tag(verb) == "VB" or clause.tag(verb + 1) in ("IN", "DT", "PRP", "PRP$"):
            yield _needs_ing(clause, verb, "After “look forward to”")
    elif text in _TAKES_ING and clause.tag(verb) == "VB":
        right = morphology.ing(clause.text(verb))
        yield Fault(at + 1, verb, "verb form", f"After “{text}” comes “{right}”", right)
    elif text == "used" and clause.text(at - 1) in NOMINATIVE and clause.tag(verb) == "VBG":
        yield _needs_base(clause, verb, "After “used to”")
    elif text == "used" and clause.is_base(verb):
        be = at - 2 if clause.is_adverb(at - 1) else at - 1
        is_said = clause.text(be) in word_set("am 'm was are 're were")
        someone = is_said and clause.text(be - 1) in NOMINATIVE - {"they"}
        if someone and (clause.tag(verb) == "VB" or clause.tag(verb + 1) == "IN"):
            yield _needs_ing(clause, verb, "After “be used to”")
    elif text in ("told", "tell", "tells", "telling", "asked"):
        passive = clause.text(at - 1) in BE | {"got"} or clause.is_adverb(at - 1)
        if clause.text(verb) in word_set("me him us them my our his their i") and not passive:
            yield Fault(at + 1, at + 1, "preposition", f"“{text}” needs no “to” before a person", "")
    elif text in _BEFORE_INFINITIVE or clause.text(at - 1) in ("helped", "helps", "help"):
        verb = clause.skip_adverbs(verb)
        forced = clause.tag(verb) == "VB" and set(clause.possible(verb)) <= {"VBG", "VBD", "VBN", "VBZ"}
        wrong = forced or clause.is_only_past(verb) or clause.is_only_participle(verb)
        no_noun = "NN" not in clause.possible(verb)
        going_on = no_noun and clause.tag(verb + 1) in ("DT", "PRP$", "PRP", "NNS", "IN")
        if wrong or (clause.tag(verb) == "VBG" and text not in _TO_ING and going_on):
            yield _needs_base(clause, verb, "After “to”")


def times(clause: Clause) -> Iterator[Fault]:
    """ "Since ten years", "before three years ago", "I work there since 2019", "I have 30 years old"."""
    counted = word_set("a one several many few some couple of more than about")
    for at in range(len(clause) - 1):
        text = clause.text(at)
        unit = clause.skip(at + 1, lambda i: clause.is_number(i) or clause.text(i) in counted)
        lasting = unit > at + 1 and clause.text(unit) in _SPAN
        ago = clause.text(unit + 1) == "ago"
        if text == "since" and lasting and not ago:
            yield Fault(at, at, "preposition", "A span of time takes “for”", "for")
        elif text == "before" and lasting and ago:
            yield Fault(at, at, "preposition", "“ago” stands alone", "")
        elif text == "since" and (
            clause.text(at + 1).isdecimal() or clause.text(at + 1) in ("twenty", "nineteen", "two")
        ):
            verb = _present(clause, at)
            if verb is not None:
                right = f"have {morphology.participle(clause.base(verb))}"
                yield Fault(verb, verb, "tense", "With “since” comes the present perfect", right)
        elif text in ("have", "has") and lasting and clause.text(unit + 1) == "old":
            yield Fault(at, at, "word choice", "An age goes with “be”", "am" if text == "have" else "is")


def _present(clause: Clause, at: int) -> int | None:
    """The verb in the present tense that "since" belongs to, if one is sure to."""
    for verb in range(at - 1, max(0, at - 6), -1):
        if clause.is_mark(verb):
            return None
        someone = clause.text(verb - 1) in ("i", "we") and clause.opens(verb - 1)
        if (
            someone
            and clause.text(verb) in word_set("work live study am 'm are")
            and clause.tag(verb + 1) != "VBN"
        ):
            return verb
    return None


def future(clause: Clause) -> Iterator[Fault]:
    """ "When I will finish", "if I will get", at the start of what is no question."""
    for at in range(len(clause) - 3):
        starts = clause.text(at) in ("when", "if", "after") and clause.is_mark(at - 1)
        if starts and clause.text(at + 1) in NOMINATIVE and clause.text(at + 2) in ("will", "'ll"):
            yield Fault(at + 2, at + 2, "tense", f"After “{clause.text(at)}” comes the present tense", "")


def doubled_conjunctions(clause: Clause) -> Iterator[Fault]:
    """ "Although it was hard, but we finished"."""
    if clause.text(0) not in ("although", "though"):
        return
    for at in range(2, min(14, len(clause) - 1)):
        if clause.text(at) == "but" and clause.text(at + 1) in SUBJECTS:
            yield Fault(at, at, "word choice", f"“{clause.text(0)}” says it already", "")


def missing_subjects(clause: Clause) -> Iterator[Fault]:
    """ "I think is important", at the start, where nothing else can be its subject."""
    start = clause.skip(0, lambda i: clause.is_mark(i) or clause.tag(i) in ("CC", "UH"))
    if clause.text(start) in ("i", "we") and clause.text(start + 1) in word_set("think believe guess"):
        verb = start + 2
        if clause.text(verb) in ("is", "was", "are") and clause.tag(verb + 1) in ("JJ", "RB", "DT"):
            yield Fault(verb, verb, "missing word", "The subject is missing", f"it {clause.text(verb)}")


def _needs_base(clause: Clause, verb: int, after: str) -> Fault:
    right = clause.base(verb)
    return Fault(verb, verb, "verb form", f"{after} comes “{right}”", right)


def _needs_participle(clause: Clause, verb: int, after: str) -> Fault:
    right = morphology.participle(clause.base(verb))
    return Fault(verb, verb, "verb form", f"{after} comes “{right}”", right)


def _needs_ing(clause: Clause, verb: int, after: str) -> Fault:
    right = morphology.ing(clause.text(verb))
    return Fault(verb, verb, "verb form", f"{after} comes “{right}”", right)
