"""How well skills and grammar are told in what somebody says, next to a plain way of doing it.

`skills`: on the sentences of job advertisements in `DATA/text/skill_extraction_gold.conll` (CC BY 4.0), with
the spans that annotators marked as skills. A span found is right where it overlaps a marked one, a marked one
is found where a span overlaps it. That is the headline, since annotators marked whole phrases, such as "keep
the accounts of our clients in order", and a taxonomy names what is in them; the same by exact spans stands
beside it. The baseline looks for the names of the same taxonomy, in any case, without other words for them,
the longest match or context.

`grammar`: `caught` of the wrong sentences of `grammar_probe.json` (in `tests/models/language`) in which an
error is told, `false_flags` of the right ones. `false_per_100_words`: errors told in the transcripts of the
spontaneous clips in `DATA/speech`, all of which count as false, since nobody there speaks wrong. `own_caught`
and `own_false_flags` are the same on the sentences of `grammar_sentences.json` that were kept back while
rules were written. `treebank_per_100_words`: errors told in the treebank's dev part, in lower case and
without punctuation: people wrote it, so some of them are real.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

from models.language import skills as taxonomy
from models.language.grammar import Checker
from models.training.treebank import Token, sentences
from tests.bench.measure import ratio

Span: TypeAlias = tuple[int, int]
"""First and last word, inclusive."""

SKILLS = Path("text", "skill_extraction_gold.conll")
SENTENCES = Path(__file__).parents[1] / "models" / "language"


def skills(data: Path) -> dict[str, float | int | None]:
    """Precision and recall (0..1) of `models.language.skills.find`; `data` is the folder that holds `text/`.

    None where nothing was found or marked; FileNotFoundError where the file is not there.
    """
    marked = list(_marked(data / SKILLS))
    names = _keyword_match()
    ours = [(found_skills(words), spans) for words, spans in marked]
    plain = [(names(words), spans) for words, spans in marked]
    precision, recall = _precision_recall(ours, _overlap)
    exact_precision, exact_recall = _precision_recall(ours, _same)
    baseline_precision, baseline_recall = _precision_recall(plain, _overlap)
    baseline_exact_precision, baseline_exact_recall = _precision_recall(plain, _same)
    return {
        "precision": precision,
        "recall": recall,
        "baseline_precision": baseline_precision,
        "baseline_recall": baseline_recall,
        "exact_precision": exact_precision,
        "exact_recall": exact_recall,
        "baseline_exact_precision": baseline_exact_precision,
        "baseline_exact_recall": baseline_exact_recall,
        "sentences": len(marked),
        "spans": sum(len(spans) for _, spans in marked),
    }


def grammar(data: Path) -> dict[str, float | int | None]:
    """Counts of sentences, and errors for 100 words, of `models.language.grammar.Checker`.

    `data` is the folder that holds `speech/` and `text/`; FileNotFoundError where they are not there.
    """
    probe = json.loads((SENTENCES / "grammar_probe.json").read_text(encoding="utf-8"))
    own = json.loads((SENTENCES / "grammar_sentences.json").read_text(encoding="utf-8"))["kept_back"]
    clips = json.loads((data / "speech" / "manifest.json").read_text(encoding="utf-8"))
    spontaneous = [clip["text"].split() for clip in clips if clip["kind"] == "spontaneous"]
    treebank = next((data / "text" / "ud-ewt").glob("*dev*.conllu"))
    return {
        "caught": _with_errors(probe["bad"]),
        "false_flags": _with_errors(probe["good"]),
        "false_per_100_words": _errors_per_100_words(spontaneous),
        "words": sum(map(len, spontaneous)),
        "own_caught": _with_errors(own["wrong"]),
        "own_wrong": len(own["wrong"]),
        "own_false_flags": _with_errors(own["right"]),
        "own_right": len(own["right"]),
        "treebank_per_100_words": _errors_per_100_words(map(_recognised, sentences(treebank))),
    }


def _with_errors(texts: Iterable[str]) -> int:
    checker = Checker()
    return sum(bool(checker.check(text.split())) for text in texts)


def _errors_per_100_words(said: Iterable[Sequence[str]]) -> float | None:
    checker = Checker()
    errors = words = 0
    for sentence in said:
        errors += len(checker.check(sentence))
        words += len(sentence)
    return ratio(100 * errors, words)


def _recognised(sentence: Sequence[Token]) -> list[str]:
    words: list[str] = []
    for token in sentence:
        if token.upos in ("PUNCT", "SYM"):
            continue
        if token.glued and words:
            words[-1] += token.form.lower()
        else:
            words.append(token.form.lower())
    return words


def found_skills(words: Sequence[str]) -> list[Span]:
    """The spans of the skills that a sentence names."""
    return [(named.first, named.last) for named in taxonomy.find(words)]


def _marked(path: Path) -> Iterable[tuple[list[str], list[Span]]]:
    """The words and the marked spans of each sentence in CoNLL's two columns."""
    words: list[str] = []
    spans: list[Span] = []
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        fields = line.split()
        if len(fields) < 2:
            if words:
                yield words, spans
            words, spans = [], []
            continue
        if fields[-1] == "B-Skill":
            spans.append((len(words), len(words)))
        elif fields[-1] == "I-Skill" and spans:
            spans[-1] = (spans[-1][0], len(words))
        words.append(fields[0])


def _keyword_match() -> Callable[[Sequence[str]], list[Span]]:
    """Finds each name of the taxonomy wherever its words stand."""
    names = {tuple(re.findall(r"\S+", name.lower())) for name in taxonomy.names()}
    longest = max(map(len, names))

    def found(words: Sequence[str]) -> list[Span]:
        lower = [word.lower() for word in words]
        return [
            (i, i + length - 1)
            for i in range(len(words))
            for length in range(1, min(longest, len(words) - i) + 1)
            if tuple(lower[i : i + length]) in names
        ]

    return found


def _precision_recall(
    pairs: Sequence[tuple[Sequence[Span], Sequence[Span]]], agree: Callable[[Span, Span], bool]
) -> tuple[float | None, float | None]:
    right = sum(any(agree(span, other) for other in marked) for found, marked in pairs for span in found)
    hit = sum(any(agree(span, other) for other in found) for found, marked in pairs for span in marked)
    return (
        ratio(right, sum(len(found) for found, _ in pairs)),
        ratio(hit, sum(len(marked) for _, marked in pairs)),
    )


def _overlap(one: Span, other: Span) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _same(one: Span, other: Span) -> bool:
    return one == other
