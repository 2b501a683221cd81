"""The benchmark of language counts what it says."""

import json
from pathlib import Path

import pytest

from tests.bench.language import grammar, skills

MARKED = """\
We O
use O
java B-Skill
script I-Skill
daily O
. O

You O
keep B-Skill
horses I-Skill
"""


def test_skills_are_counted_by_overlap_and_exactly(tmp_path: Path) -> None:
    """Of two marked spans one is found, and nothing else; its name is not there as it is spelled."""
    path = tmp_path / "text" / "skill_extraction_gold.conll"
    path.parent.mkdir()
    path.write_text(MARKED, encoding="utf-8")
    found = skills(tmp_path)
    assert (found["precision"], found["recall"]) == (1.0, 0.5)
    assert (found["exact_precision"], found["exact_recall"]) == (1.0, 0.5)
    assert (found["baseline_precision"], found["baseline_recall"]) == (1.0, 0.5)
    assert found["baseline_exact_precision"] == 0.0
    assert (found["sentences"], found["spans"]) == (2, 2)


def test_errors_are_counted_for_100_words(tmp_path: Path) -> None:
    """An error in four words of spontaneous speech; what is read does not count."""
    clips = [
        {"text": "he don't like it", "kind": "spontaneous"},
        {"text": "they was they was", "kind": "read"},
    ]
    (tmp_path / "speech").mkdir()
    (tmp_path / "speech" / "manifest.json").write_text(json.dumps(clips), encoding="utf-8")
    treebank = tmp_path / "text" / "ud-ewt" / "x-dev.conllu"
    treebank.parent.mkdir(parents=True)
    line = "{}\t{}\t_\tVERB\tVB\t_\t0\tdep\t_\t_\n"
    treebank.write_text(line.format(1, "Go") + line.format(2, "home") + "\n", encoding="utf-8")
    found = grammar(tmp_path)
    assert found["false_per_100_words"] == pytest.approx(25.0)
    assert found["words"] == 4
    assert found["treebank_per_100_words"] == 0.0
