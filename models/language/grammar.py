"""Grammar of spoken answers, checked in this process; by LanguageTool where its address is set.

A rule (grammar_agreement, grammar_nouns, grammar_verbs, grammar_phrases) looks at what remains of a sentence
without hesitations, repeats and restarts (clause), and speaks only where it is sure. What is usual in speech
is no error: fragments, fillers, self-corrections, the historic present ("so I says"). Nor is what belongs to
dialects or to how people talk: "there's" before plurals, "me and him" as a subject, "they" for one person,
teams and companies in the plural, "I am having", "ain't", double negatives, "I seen", "if I would have". And
what sounds alike ("then", "than") is the recogniser's choice. Whether a missing word was not said or not
heard is not known either, so hardly any rule is about missing words.
"""

import http.client
import urllib.parse
import urllib.request
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple, Protocol

from pydantic import BaseModel, Field

from models.language import grammar_agreement, grammar_nouns, grammar_phrases, grammar_verbs, tagger
from models.language.clause import Clause, Fault

TIMEOUT_S = 3.0
FAILURES = 3
"""In a row, after which LanguageTool is not asked again."""
CATEGORIES = {
    "GRAMMAR": "grammar",
    "COLLOCATIONS": "phrase",
    "NONSTANDARD_PHRASES": "phrase",
    "SEMANTICS": "word choice",
}
"""What LanguageTool's categories are called here; the others are of spelling, punctuation and style."""
CORRECTED_WITHIN = 5
"""Words within which a speaker who says it right corrects themselves."""

RULES = (
    grammar_agreement.pronouns,
    grammar_agreement.nouns,
    grammar_agreement.relatives,
    grammar_agreement.indefinites,
    grammar_agreement.existence,
    grammar_agreement.each_of,
    grammar_agreement.pairs,
    grammar_nouns.number,
    grammar_nouns.articles,
    grammar_nouns.comparison,
    grammar_nouns.pronouns,
    grammar_verbs.auxiliaries,
    grammar_verbs.pasts,
    grammar_verbs.infinitives,
    grammar_verbs.times,
    grammar_verbs.future,
    grammar_verbs.doubled_conjunctions,
    grammar_verbs.missing_subjects,
    grammar_phrases.phrases,
    grammar_phrases.interesting,
)


class Finding(NamedTuple):
    """Words of a sentence that break a rule of grammar."""

    first: int
    """Index of the first word."""
    last: int
    """Index of the last word, inclusive."""
    rule: str
    """Which kind of rule: "agreement", "article", "verb form" …"""
    message: str
    suggestion: str
    """What could stand in their place; empty where nothing simple could."""


class GrammarChecker(Protocol):
    """What finds errors of grammar."""

    def check(self, words: Sequence[str]) -> list[Finding]:
        """The errors in a sentence, in order, at most one at any word."""


class Checker:
    """Finds errors of grammar; without state of its own, shared between threads."""

    def __init__(self) -> None:
        self._tagger = tagger.shared()

    def check(self, words: Sequence[str]) -> list[Finding]:
        """The errors in a sentence, in order, at most one at any word.

        `words` are as recognised or as displayed, with or without punctuation and capitals.
        """
        clause = Clause(words, self._tagger)
        found: list[Finding] = []
        taken: set[int] = set()
        faults = [fault for rule in RULES for fault in rule(clause)]
        for fault in sorted(faults, key=lambda each: (each.first, -each.last)):
            first, last = clause.tokens[fault.first].word, clause.tokens[fault.last].word
            if taken.isdisjoint(range(first, last + 1)) and not _corrected(clause, fault):
                taken.update(range(first, last + 1))
                found.append(Finding(first, last, fault.rule, fault.message, fault.suggestion))
        return found


class LanguageToolChecker:
    """Asks a LanguageTool server (https://languagetool.org) and tells the errors that can be heard.

    Sent is a sentence without hesitations and repeats. When the server does not answer in time, or with what
    its protocol does not foresee, the checker of this process looks at the sentence; after `FAILURES` times
    in a row the server is not asked again.
    """

    def __init__(self, url: str, timeout: float = TIMEOUT_S) -> None:
        """`url` is where the server is, without "/v2/check"; `timeout` is in seconds."""
        self._url = f"{url.rstrip('/')}/v2/check"
        self._timeout = timeout
        self._fallback = Checker()
        self._failures = 0

    def check(self, words: Sequence[str]) -> list[Finding]:
        """The errors in a sentence, in order, at most one at any word."""
        clause = Clause(words, tagger.shared())
        kept = sorted({token.word for token in clause.tokens if token.tag not in (".", ",")})
        if self._failures >= FAILURES or not kept:
            return self._fallback.check(words)
        try:
            matches = self._ask(" ".join(words[at] for at in kept)).matches
        except (OSError, ValueError, http.client.HTTPException):
            self._failures += 1
            return self._fallback.check(words)
        self._failures = 0
        begins = list(accumulate((len(words[at]) + 1 for at in kept), initial=0))
        found: list[Finding] = []
        for match in sorted(matches, key=lambda each: each.offset):
            rule = CATEGORIES.get(match.rule.category.id)
            touched = [
                at
                for at, begin in zip(kept, begins, strict=False)
                if match.offset < begin + len(words[at]) and begin < match.offset + match.length
            ]
            if rule and touched and (not found or touched[0] > found[-1].last):
                value = match.replacements[0].value if match.replacements else ""
                found.append(Finding(touched[0], touched[-1], rule, match.message, value))
        return found

    def _ask(self, text: str) -> "_Answer":
        """What the server says. Raises OSError, ValueError or HTTPException when that cannot be used."""
        form = urllib.parse.urlencode({"text": text, "language": "en-US"}).encode()
        with urllib.request.urlopen(urllib.request.Request(self._url, form), timeout=self._timeout) as answer:
            return _Answer.model_validate_json(answer.read())


class _Category(BaseModel):
    id: str


class _LanguageToolRule(BaseModel):
    category: _Category


class _Replacement(BaseModel):
    value: str


class _Match(BaseModel):
    message: str
    offset: int = Field(ge=0)
    length: int = Field(gt=0)
    replacements: list[_Replacement] = []
    rule: _LanguageToolRule


class _Answer(BaseModel):
    """LanguageTool's answer as far as it is needed."""

    matches: list[_Match]


def _corrected(clause: Clause, fault: Fault) -> bool:
    """Whether the speaker says it again and right: "I has, I have"."""
    before, after = clause.text(fault.first - 1), clause.text(fault.last + 1)
    right = [text for _, text in tagger.pieces(fault.suggestion.split())]
    if not right:
        return False
    for at in range(fault.last + 1, min(fault.last + 1 + CORRECTED_WITHIN, len(clause))):
        said = [clause.text(at + i) for i in range(len(right))]
        anew = clause.text(at - 1) in (before, ",") or clause.text(at + len(right)) == after
        if said == right and anew:
            return True
    return False
