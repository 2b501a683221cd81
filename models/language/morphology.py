"""Forms of English verbs and nouns: the irregular ones by a table, the rest by their endings."""

from functools import cache
from typing import Literal, TypeAlias

VerbForm: TypeAlias = Literal["base", "past", "participle"]

_VOWELS = frozenset("aeiou")

# base, past, participle; several pasts or participles by "/"
_IRREGULAR = """
    be was/were been; become became become; begin began begun; bend bent bent; bet bet bet; bite bit
    bitten; bleed bled bled; blow blew blown; break broke broken; bring brought brought; build built
    built; burn burned/burnt burned/burnt; buy bought bought; catch caught caught; choose chose chosen;
    come came come; cost cost cost; cut cut cut; deal dealt dealt; dig dug dug; do did done; draw drew
    drawn; dream dreamed/dreamt dreamed/dreamt; drink drank drunk; drive drove driven; eat ate eaten;
    fall fell fallen; feed fed fed; feel felt felt; fight fought fought; find found found; fit
    fit/fitted fit/fitted; fly flew flown; forbid forbade forbidden; forget forgot forgotten; forgive
    forgave forgiven; freeze froze frozen; get got got/gotten; give gave given; go went gone; grow grew
    grown; hang hung hung; have had had; hear heard heard; hide hid hidden; hit hit hit; hold held held;
    hurt hurt hurt; keep kept kept; know knew known; lay laid laid; lead led led; lean leaned/leant
    leaned/leant; learn learned/learnt learned/learnt; leave left left; lend lent lent; let let let; lie
    lay/lied lain/lied; lose lost lost; make made made; mean meant meant; meet met met; overcome
    overcame overcome; pay paid paid; prove proved proved/proven; put put put; quit quit quit; read read
    read; ride rode ridden; ring rang rung; rise rose risen; run ran run; say said said; see saw seen;
    seek sought sought; sell sold sold; send sent sent; set set set; shake shook shaken; shoot shot
    shot; show showed shown/showed; shrink shrank shrunk; shut shut shut; sing sang sung; sink sank
    sunk; sit sat sat; sleep slept slept; speak spoke spoken; spend spent spent; split split split;
    spread spread spread; stand stood stood; steal stole stolen; stick stuck stuck; strike struck
    struck; swear swore sworn; swim swam swum; swing swung swung; take took taken; teach taught taught;
    tear tore torn; tell told told; think thought thought; throw threw thrown; undergo underwent
    undergone; understand understood understood; wake woke woken; wear wore worn; win won won; withdraw
    withdrew withdrawn; write wrote written; rewrite rewrote rewritten; rebuild rebuilt rebuilt; oversee
    oversaw overseen; overtake overtook overtaken
"""
_IRREGULAR_PLURALS = {
    "person": "people",
    "child": "children",
    "man": "men",
    "woman": "women",
    "foot": "feet",
    "tooth": "teeth",
    "mouse": "mice",
    "life": "lives",
    "wife": "wives",
    "half": "halves",
    "shelf": "shelves",
    "analysis": "analyses",
    "crisis": "crises",
    "criterion": "criteria",
    "phenomenon": "phenomena",
    "hypothesis": "hypotheses",
}


@cache
def _irregular() -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    rows = (row.split() for row in _IRREGULAR.split(";"))
    return {base: (tuple(past.split("/")), tuple(done.split("/"))) for base, past, done in rows}


@cache
def irregular_forms() -> dict[str, dict[VerbForm, str]]:
    """What each form of an irregular verb is a form of: {"went": {"past": "go"}, …}."""
    found: dict[str, dict[VerbForm, str]] = {}
    for base, (pasts, participles) in _irregular().items():
        found.setdefault(base, {}).setdefault("base", base)
        for past in pasts:
            found.setdefault(past, {}).setdefault("past", base)
        for participle in participles:
            found.setdefault(participle, {}).setdefault("participle", base)
    return found


# Their regular pasts are words of their own ("costed", "lied", "seed") or sound like the right one ("payed").
_ALSO_REGULAR = frozenset(
    ("be", "bend", "bet", "bleed", "cost", "find", "fit", "fly", "hang", "hear", "lay", "lie", "pay", "put"),
) | frozenset(("quit", "ring", "see", "shrink", "sing", "spread", "stick", "strike", "tear", "wake"))


@cache
def overregular() -> dict[str, str]:
    """Regular pasts that irregular verbs do not have, with the right one: {"teached": "taught", …}."""
    return {
        regular_past(base): pasts[0]
        for base, (pasts, participles) in _irregular().items()
        if base not in _ALSO_REGULAR and regular_past(base) not in (*pasts, *participles)
    } | {"finded": "found"}


def regular_past(base: str) -> str:
    """The past that a regular verb would have: "planned" for "plan"."""
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2] not in _VOWELS:
        return base[:-1] + "ied"
    return _doubled(base) + "ed"


def past(base: str) -> str:
    """The past tense of a verb."""
    return _irregular()[base][0][0] if base in _irregular() else regular_past(base)


def participle(base: str) -> str:
    """The past participle of a verb."""
    return _irregular()[base][1][0] if base in _irregular() else regular_past(base)


def third_person(base: str) -> str:
    """The form with he, she or it, in the present tense."""
    if base in ("be", "have", "do", "go"):
        return {"be": "is", "have": "has", "do": "does", "go": "goes"}[base]
    return _with_s(base)


def ing(base: str) -> str:
    """The form with -ing of a verb."""
    if base.endswith("e") and not base.endswith(("ee", "oe", "ye")) and base != "be":
        return base[:-1] + "ing"
    return _doubled(base) + "ing"


def plural(noun: str) -> str:
    """The plural of a noun."""
    return _IRREGULAR_PLURALS.get(noun) or _with_s(noun)


def singular(noun: str) -> str:
    """The singular of a noun in the plural; the word itself where it looks like none."""
    for one, many in _IRREGULAR_PLURALS.items():
        if noun == many:
            return one
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    if noun.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return noun[:-2]
    return noun[:-1] if noun.endswith("s") and not noun.endswith("ss") else noun


def base_of_third(verb: str) -> str:
    """The base of a verb's form with he, she or it: "want" for "wants"."""
    return {"is": "be", "has": "have", "does": "do", "goes": "go"}.get(verb) or singular(verb)


def _with_s(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in _VOWELS:
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "z", "sh", "ch")) else "s")


def _doubled(base: str) -> str:
    """With its last letter doubled, where that is short and stressed: "planned", but "helped", "opened"."""
    if len(base) < 3 or base[-1] in "wxyaeiou" or base[-2] not in _VOWELS or base[-3] in _VOWELS:
        return base
    syllables = sum(c in _VOWELS and (i == 0 or base[i - 1] not in _VOWELS) for i, c in enumerate(base))
    return (
        base + base[-1] if syllables == 1 or base in ("begin", "forget", "admit", "refer", "prefer") else base
    )
