"""Makes models/language/skills.csv, the taxonomy, from O*NET's list of technology skills and from skills.txt.

    python -m models.training.skills FOLDER

FOLDER holds `onet_technology_skills.csv` (columns skill, commodity, occupations, hot; from O*NET, U.S.
Department of Labor, CC BY 4.0) and `ud-ewt/`, the treebank that shows which names are everyday words as well.

Of O*NET, what is "hot" or named for several occupations stays. Its names get what people say for them: the
product without its maker, the acronym and what it stands for. What skills.txt says about a name goes before.
"""

import csv
import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import click

from models.language.skills import DATA, EVERYDAY, pieces
from models.training.treebank import sentences

HEADER = """\
# Skills: name, kind (tool, practice or soft), and the forms that name them, "~" before everyday words.
# Made by models/training/skills.py. Tools partly from O*NET Technology Skills, U.S. Department of Labor,
# Employment and Training Administration, CC BY 4.0 (https://www.onetcenter.org), trimmed and given other
# forms; the rest from models/training/skills.txt.
"""
ALSO_EVERYDAY = frozenset(
    ("blackboard", "calibration", "diagramming", "disassembler", "drawing", "gaussian", "photogrammetric"),
) | frozenset(("statistical", "teleconferencing", "videoconferencing", "workflow"))
"""Words that the treebank happens not to have."""
OCCUPATIONS = 3
"""For how many an O*NET skill must be named."""
MAKERS = (
    *("Adobe", "Amazon", "Apache", "Apple", "Atlassian", "Autodesk", "Bentley", "Cisco", "Citrix", "Corel"),
    *("Dassault Systemes", "ESRI", "Google", "Hewlett Packard", "IBM", "Intuit", "LogMeIn", "MathWorks"),
    *("McNeel", "Microsoft", "Mozilla", "National Instruments", "Oracle", "PTC", "Qlik Tech", "Quest"),
    *("Red Hat", "SAP", "Salesforce.com", "Siemens", "StataCorp", "Sun Microsystems", "The MathWorks"),
    *("Trimble", "Wolfram Research"),
)
_MAKER = re.compile(rf"(?:{'|'.join(map(re.escape, MAKERS))}) (?=\w)")
_GENERIC_END = re.compile(r" (?:software|systems?|program|programs|suite)$")
_ACRONYM = re.compile(r"(?P<long>.+?) \(?(?P<short>[A-Z][A-Z0-9]{1,5})\)?(?: (?P<rest>software|systems?))?")
_CHOICE = re.compile(r"\{([^{}]*)\}")
_KINDS = re.compile(r"\[(\w+)\]")


class _Skill(NamedTuple):
    kind: str
    own: list[str]
    """Forms from skills.txt."""
    onet: list[str]
    """Forms made of O*NET's names."""


def expanded(form: str) -> Iterator[str]:
    """All readings of a form with braces: "run{,ning} tests" is "run tests" and "running tests"."""
    pieces = _CHOICE.split(form)
    choices = [piece.split(",") if at % 2 else [piece] for at, piece in enumerate(pieces)]
    for chosen in itertools.product(*choices):
        yield "".join(chosen)


def own(text: str) -> Iterator[tuple[str, str, list[str], str]]:
    """Name, kind, forms and O*NET's name, or "", of each line of skills.txt."""
    kind = ""
    for line in text.splitlines():
        if section := _KINDS.fullmatch(line):
            kind = section[1]
        elif line and not line.startswith("#"):
            line, _, onet = line.partition(" = ")
            name, _, forms = line.partition(":")
            yield (
                name,
                kind,
                [each for form in forms.split(";") if form.strip() for each in expanded(form.strip())],
                onet,
            )


def onet_forms(name: str, everyday: frozenset[str]) -> list[str]:
    """What people say for an O*NET skill, everyday words marked."""
    forms = {name: None}
    acronym = _ACRONYM.fullmatch(name)
    if acronym and _abbreviates(acronym["short"], acronym["long"]):
        forms[acronym["long"]] = None
        forms[acronym["short"]] = None
    for form in list(forms):
        bare = _MAKER.sub("", form, count=1)
        forms[bare] = None
        shorter = _GENERIC_END.sub("", bare)
        # "Yardi software" is Yardi; "tax software" is not tax
        if any(word.lower() not in everyday for word in shorter.split()):
            forms[shorter] = None
    return [EVERYDAY + form if _is_everyday(form, everyday) else form for form in forms]


def _abbreviates(short: str, long: str) -> bool:
    """Whether most letters of an acronym are initials of the words that it follows: not "Siemens NX"."""
    initials = iter(word[0].lower() for word in re.split(r"[\W_]+", long) if word)
    matched = sum(letter in initials for letter in short.lower() if letter.isalpha())
    return 3 * matched >= 2 * sum(letter.isalpha() for letter in short)


def _is_everyday(form: str, everyday: frozenset[str]) -> bool:
    word = form.lower().strip("!?.")
    return len(word) < 3 or word in everyday


def everyday_words(treebank: Iterable[Path]) -> frozenset[str]:
    """Words that the treebank has in lower case and not as a name."""
    return frozenset(
        token.form
        for path in treebank
        for sentence in sentences(path)
        for token in sentence
        if token.form.islower() and token.upos not in ("PROPN", "X")
    )


def taxonomy(folder: Path) -> list[tuple[str, str, list[str]]]:
    """Name, kind and forms of every skill; a form belongs to the first that claims it."""
    everyday = ALSO_EVERYDAY | everyday_words(sorted((folder / "ud-ewt").glob("*.conllu")))
    listed = list(own(Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")))
    renamed = {onet: name for name, _, _, onet in listed if onet}
    skills: dict[str, _Skill] = {}
    for name, kind, forms, _ in listed:
        # an everyday name stands among the forms as one
        named = [] if EVERYDAY + name.lower() in forms else [name]
        skills[name] = _Skill(kind, [*named, *forms], [])
    with (folder / "onet_technology_skills.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["hot"] == "Y" or int(row["occupations"]) >= OCCUPATIONS:
                forms = onet_forms(row["skill"], everyday)
                # of tools that few use, an everyday word is hardly ever the name
                name = renamed.get(row["skill"], row["skill"])
                skills.setdefault(name, _Skill("tool", [], [])).onet.extend(
                    form for form in forms if row["hot"] == "Y" or not form.startswith(EVERYDAY)
                )
    claims: dict[str, tuple[str, set[str]]] = {}
    kept: dict[str, list[str]] = {name: [] for name in skills}
    # what was chosen by hand goes before what O*NET's names were taken apart into
    claiming = [(name, form) for name, skill in skills.items() for form in skill.own]
    claiming += [(name, form) for name, skill in skills.items() for form in skill.onet]
    for name, form in claiming:
        said = pieces(form.removeprefix(EVERYDAY))
        owner, spellings = claims.setdefault(said.replace(" ", ""), (name, set()))
        if said and owner == name and said not in spellings:
            spellings.add(said)
            kept[name].append(form)
    return [(name, skills[name].kind, forms) for name, forms in kept.items() if forms]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def main(folder: Path) -> None:
    """Write models/language/skills.csv from the data in FOLDER."""
    with DATA.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADER)
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("name", "kind", "forms"))
        writer.writerows((name, kind, "; ".join(forms)) for name, kind, forms in taxonomy(folder))


if __name__ == "__main__":
    main()
