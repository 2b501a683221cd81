"""Trains models/language/tagger.npz from the treebank UD English EWT, and says how good it is.

    python -m models.training.tagger FOLDER

FOLDER holds `en_ewt*train*.conllu`, `en_ewt*dev*.conllu` and `en_ewt*test*.conllu` (CC BY-SA 4.0). The same
files give the same weights. Each sentence is learnt twice, as it is written and as it would be recognised: in
lower case and without punctuation.
"""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
import numpy.typing as npt

from models.language import tagger
from models.language.tagger import DATA, Tagger
from models.training.treebank import Token, sentences

PASSES = 8
FORGOTTEN = 0.1
"""Share of the features that are left out at each word, so that no weight relies on the rest being there."""
SEEN = 2
"""Times that a feature must occur to get a weight."""
WORD_SEEN = 1
SHARE = 0.02
"""Of a word's occurrences from which a tag of it counts as possible; what is rarer is mostly an error."""
SCALE = 32
"""Steps that a weight of 1 is divided into before it is rounded."""
ENDS = frozenset(".?!")


class Example(NamedTuple):
    """A sentence to learn: its words taken apart, and their tags."""

    texts: list[str]
    tags: list[str]


def written(sentence: Sequence[Token]) -> Example:
    """As it is written; all punctuation is "." at an end, and "," else."""
    texts, tags = [], []
    for token in sentence:
        if token.upos == "PUNCT" and token.xpos not in ("HYPH",):
            mark = "." if token.form[-1] in ENDS else ","
            texts.append(mark)
            tags.append(mark)
        else:
            texts.append(token.form.replace("’", "'"))
            tags.append(token.xpos)
    return Example(texts, tags)


def spoken(sentence: Sequence[Token]) -> Example:
    """As it would be recognised."""
    kept = [token for token in sentence if token.upos not in ("PUNCT", "SYM")]
    return Example([token.form.replace("’", "'").lower() for token in kept], [token.xpos for token in kept])


def examples(path: Path) -> list[tuple[Example, Example]]:
    """Each sentence of a treebank as it is written and as it would be recognised."""
    return [(written(sentence), spoken(sentence)) for sentence in sentences(path)]


def possible_tags(learnt: Iterable[Example]) -> dict[str, list[str]]:
    """The tags of each word that is no punctuation, in lower case, the most frequent first."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for example in learnt:
        for text, tag in zip(example.texts, example.tags, strict=True):
            counts[text.lower()][tag] += 1
    found = {}
    for word, tags in sorted(counts.items()):
        total = tags.total()
        if total >= WORD_SEEN and word not in (",", ".") and not any(c.isspace() for c in word):
            ordered = sorted(tags.items(), key=lambda each: (-each[1], each[0]))
            found[word] = [tag for tag, count in ordered if count >= SHARE * total]
    return found


class Perceptron:
    """Weights on the way: rows for features, columns for tags."""

    def __init__(self, tags: Sequence[str]) -> None:
        self.tags = list(tags)
        self.rows: dict[str, int] = {}
        self.weights: npt.NDArray[np.float32] = np.zeros((1 << 16, len(tags)), np.float32)
        self._late: npt.NDArray[np.float64] = np.zeros((1 << 16, len(tags)))
        self.step = 1

    def row(self, feature: str) -> int:
        """The feature's row, a new one if need be."""
        at = self.rows.setdefault(feature, len(self.rows))
        if at >= len(self.weights):
            self.weights = np.concatenate([self.weights, np.zeros_like(self.weights)])
            self._late = np.concatenate([self._late, np.zeros_like(self._late)])
        return at

    def learn(self, rows: Sequence[int], right: int) -> int:
        """The tag that the weights choose, which are corrected if it is wrong."""
        chosen = int(self.weights[rows].sum(axis=0).argmax())
        if chosen != right:
            self.weights[rows, right] += 1
            self.weights[rows, chosen] -= 1
            self._late[rows, right] += self.step
            self._late[rows, chosen] -= self.step
        self.step += 1
        return chosen

    def averaged(self) -> npt.NDArray[np.float64]:
        """The mean of the weights over all steps."""
        used = len(self.rows)
        mean: npt.NDArray[np.float64] = self.weights[:used] - self._late[:used] / self.step
        return mean


def train(learnt: Sequence[Example]) -> tuple[list[str], list[str], npt.NDArray[np.int16]]:
    """Tags, features and weights (features × tags)."""
    tags = sorted({tag for example in learnt for tag in example.tags} - {",", "."})
    column = {tag: at for at, tag in enumerate(tags)}
    fixed = [tagger.context(example.texts) for example in learnt]
    counts = Counter(name for features, _, _ in fixed for names in features for name in names)
    for example, (_, words, after) in zip(learnt, fixed, strict=True):
        before, previous = tagger.START, tagger.START
        for tag, word, following in zip(example.tags, words, after, strict=True):
            counts.update(tagger.moving(previous, before, word, following))
            before, previous = previous, tag
    model = Perceptron(tags)
    kept = {name for name, count in counts.items() if count >= SEEN}
    prepared = [
        [[model.row(name) for name in names if name in kept] for names in features]
        for features, _, _ in fixed
    ]
    order = list(range(len(learnt)))
    shuffled = random.Random(1)
    for turn in range(PASSES):
        shuffled.shuffle(order)
        right = total = 0
        for at in order:
            _, words, afters = fixed[at]
            before, previous = tagger.START, tagger.START
            gold = learnt[at].tags
            for known, word, following, tag in zip(prepared[at], words, afters, gold, strict=True):
                if tag in (",", "."):
                    before, previous = previous, tag
                    continue
                around = tagger.moving(previous, before, word, following)
                used = [*known, *(model.row(name) for name in around if name in kept)]
                used = [row for row in used if shuffled.random() >= FORGOTTEN]
                chosen = tags[model.learn(used, column[tag])]
                right += chosen == tag
                total += 1
                before, previous = previous, chosen
        click.echo(f"pass {turn + 1}: {100 * right / total:.2f} %")
    weights = np.rint(model.averaged() * SCALE).clip(-32768, 32767).astype(np.int16)
    useful = weights.any(axis=1)
    features = [name for name, row in model.rows.items() if useful[row]]
    return tags, features, weights[[model.rows[name] for name in features]]


def accuracy(model: Tagger, tested: Iterable[Example]) -> tuple[float, float]:
    """Share of words tagged right, punctuation apart, and CPU time in µs a word."""
    right = total = 0
    began = time.process_time()
    for example in tested:
        for tag, chosen in zip(example.tags, model.decide(example.texts), strict=True):
            if tag not in (",", "."):
                right += tag == chosen
                total += 1
    return right / total, (time.process_time() - began) / total * 1e6


def save(
    file: Path,
    tags: Iterable[str],
    features: Iterable[str],
    weights: npt.NDArray[np.int16],
    known: Mapping[str, Sequence[str]],
) -> None:
    """Write what `Tagger` reads: what `train` and `possible_tags` found."""
    np.savez_compressed(
        file,
        tags=_encoded(tags),
        features=_encoded(features),
        weights=weights,
        words=_encoded(f"{word}\t{' '.join(tags)}" for word, tags in known.items()),
    )


def _encoded(lines: Iterable[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(lines).encode(), np.uint8)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def main(folder: Path) -> None:
    """Train on the treebank in FOLDER and write models/language/tagger.npz."""
    parts = {part: next(folder.glob(f"*{part}*.conllu")) for part in ("train", "dev", "test")}
    learnt = [each for pair in examples(parts["train"]) for each in pair]
    tags, features, weights = train(learnt)
    known = possible_tags(example for example in learnt[1::2])
    save(DATA, tags, features, weights, known)
    model = Tagger(DATA)
    click.echo(f"{len(features)} features, {len(tags)} tags, {DATA.stat().st_size / 1e6:.1f} MB")
    for part in ("dev", "test"):
        pairs = examples(parts[part])
        for name, tested in (
            ("written", [pair[0] for pair in pairs]),
            ("spoken", [pair[1] for pair in pairs]),
        ):
            share, cost = accuracy(model, tested)
            click.echo(f"{part}, {name}: {100 * share:.2f} %, {cost:.0f} µs a word")


if __name__ == "__main__":
    main()
