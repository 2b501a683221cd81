"""Skills named in what somebody says or writes."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.language import skills
from models.language.skills import find, kind, names
from models.training.skills import expanded, onet_forms, taxonomy

VOCABULARY = """
    i in using and a the go Go react React to r R c c++ c# plus sharp java script s q l sql node j s led team
    teams excel Excel. access, data no python um ’ . - time-management communication skills 25 o'clock
"""


def named(text: str) -> list[tuple[str, str]]:
    words = text.split()
    return [(name, " ".join(words[first : last + 1])) for first, last, name in find(words)]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("i use java script and node j s", [("JavaScript", "java script"), ("Node.js", "node j s")]),
        ("c plus plus, C# and c sharp", [("C++", "c plus plus,"), ("C#", "C#"), ("C#", "c sharp")]),
        ("a my s q l database", [("MySQL", "my s q l"), ("Databases", "database")]),
        ("dot net core", [(".NET", "dot net core")]),
        ("cross-functional teams", [("Collaboration", "cross-functional teams")]),
        ("led a team, leading teams", [("Leadership", "led a team,"), ("Leadership", "leading teams")]),
        ("a b testing on AWS", [("Experimentation", "a b testing"), ("AWS", "AWS")]),
        ("I managed the stakeholders.", [("Stakeholder management", "managed the stakeholders.")]),
        ("ruby on rails", [("Ruby on Rails", "ruby on rails")]),
        ("React Native and PL/SQL", [("React Native", "React Native"), ("PL/SQL", "PL/SQL")]),
    ],
)
def test_forms(said: str, found: list[tuple[str, str]]) -> None:
    """However it is spelled, the longest form is found."""
    assert named(said) == found


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("We built the page in React.", ["React"]),
        ("we wrote it in react and redux", ["React", "Redux"]),
        ("How I react to that", []),
        ("i react to problems", []),
        ("services in go and rust", ["Go", "Rust"]),
        ("python go and java", ["Python", "Go", "Java"]),
        ("we decided to go", []),
        ("Go on then.", []),
        ("statistics in r", ["Statistics", "R"]),
        ("plan c was better", []),
        ("i excel at that", []),
        ("the budget in excel", ["Excel"]),
        ("I used Word, Excel and Access.", ["Word", "Excel", "Access"]),
        ("they gave me access to the building", []),
        ("a swift answer", []),
        ("swift developers", ["Swift"]),
        ("that sparked a debate", []),
        ("batch jobs in spark", ["Spark"]),
        ("i have no sql experience", ["SQL"]),
        ("we shipped the rest in spring", []),
        ("seven apple trees by the window", []),
        ("i would act", []),
        ("my favourite language is go", ["Go"]),
        ("Excel is my main tool", ["Excel"]),
        ("we switched from java to react", ["Java", "React"]),
        ("i know excel very well", ["Excel"]),
        ("we ran it on oracle", ["Oracle Database"]),
        ("i switched jobs to go home", []),
        ("the team code", ["Programming"]),
        ("we met in teams", ["Microsoft Teams"]),
    ],
)
def test_everyday_words(said: str, found: list[str]) -> None:
    """They are names where what stands around them says so."""
    assert [name for name, _ in named(said)] == found


@given(st.lists(st.sampled_from(VOCABULARY.split()) | st.text(max_size=8), max_size=20))
def test_spans_are_in_order_and_apart(words: list[str]) -> None:
    last = -1
    for found in find(words):
        assert last < found.first <= found.last < len(words)
        assert kind(found.name) in ("tool", "practice", "soft")
        last = found.last


def test_each_name_is_listed_once() -> None:
    assert len(names()) == len(set(names())) > 1000


def test_the_taxonomy_names_its_source() -> None:
    """O*NET's licence asks for it."""
    head = skills.DATA.read_text(encoding="utf-8")[:600]
    assert "O*NET" in head
    assert "CC BY 4.0" in head


def test_the_taxonomy_is_what_the_script_makes(shared_data: Path) -> None:
    with skills.DATA.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(line for line in file if not line.startswith("#")))
    made = taxonomy(shared_data / "text")
    assert rows[1:] == [[name, kind, "; ".join(forms)] for name, kind, forms in made]


def test_braces_stand_for_choices() -> None:
    assert list(expanded("run{,ning} {a,the} test")) == [
        "run a test",
        "run the test",
        "running a test",
        "running the test",
    ]


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("Microsoft Excel", ["Microsoft Excel", "~Excel"]),
        ("Yardi software", ["Yardi software", "Yardi"]),
        ("Tax software", ["Tax software"]),
        (
            "Unified modeling language UML",
            ["Unified modeling language UML", "Unified modeling language", "UML"],
        ),
        ("Siemens NX", ["Siemens NX", "~NX"]),
    ],
)
def test_forms_of_onet_names(name: str, forms: list[str]) -> None:
    everyday = frozenset(["excel", "tax", "software", "unified", "modeling", "language"])
    assert onet_forms(name, everyday) == forms
