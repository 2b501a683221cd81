"""The browser app's files: what can be known of them without a browser."""

import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from server import standalone

APP = Path(__file__).parents[2] / "client" / "app"
WIRE: dict[str, Any] = json.loads((APP.parent / "wire.json").read_text())
ROOM: dict[str, Any] = json.loads((APP.parent / "room.json").read_text())
PAGES = sorted(APP.glob("*.html"))
SCRIPTS = sorted(APP.glob("*.js"))
STYLES = sorted(APP.glob("*.css"))
SERVED_FROM_ELSEWHERE = {
    "/static/wire.json",
    "/static/room.json",
    "/static/sound.json",
    "/static/vendor/plotly.min.js",
}

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Page(HTMLParser):
    """The elements of a page as (tag, attributes), with the text inside each id."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.parents: list[tuple[str, ...]] = []
        self._open: list[str] = []
        self.feed(path.read_text())
        assert not self._open, f"{path.name} leaves {self._open} open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self.parents.append(tuple(self._open))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self.parents.append(tuple(self._open))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"a stray </{tag}>"
        assert self._open.pop() == tag

    def all(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag in tags]

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]


def resolve(address: str) -> Path | None:
    """The file that the server sends for an address of ours."""
    address = address.split("#")[0]
    if address in SERVED_FROM_ELSEWHERE:
        return None
    return APP / address.removeprefix("/static/")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_imports_resolve(path: Path) -> None:
    """Every import names a file that exists and a name that it exports."""
    for names, module in re.findall(r'import\s*\{([^}]*)\}\s*from\s*"([^"]+)"', path.read_text()):
        target = (path.parent / module).resolve()
        assert target.is_file(), module
        exported = set(re.findall(r"export (?:async )?(?:function|class|const) (\w+)", target.read_text()))
        assert {name.strip() for name in names.split(",") if name.strip()} <= exported


def test_report_stands_alone() -> None:
    """The report's modules become one: each after what it imports, and no name is declared twice."""
    wanted = ["report.js"]
    for name in wanted:
        wanted += [
            each for each in re.findall(r'from "\./([^"]+)"', (APP / name).read_text()) if each not in wanted
        ]
    assert set(wanted) == set(standalone.MODULES)
    for at, name in enumerate(standalone.MODULES):
        imported = re.findall(r'from "\./([^"]+)"', (APP / name).read_text())
        assert set(imported) <= set(standalone.MODULES[:at]), name
    together = standalone.script()
    assert not re.search(r"^(import|export)\b", together, re.MULTILINE)
    declared = re.findall(r"^(?:async )?(?:function|class|const|let) (\w+)", together, re.MULTILINE)
    assert len(declared) == len(set(declared))


@pytest.mark.parametrize("path", [*PAGES, *SCRIPTS, *STYLES, *APP.glob("*.svg")], ids=lambda path: path.name)
def test_no_third_party(path: Path) -> None:
    """Nothing comes from another host; namespaces are names, not addresses."""
    text = path.read_text().replace("http://www.w3.org/2000/svg", "").replace("http://127.0.0.1", "")
    assert not re.search(r"""(https?:|["'(])//\w""", text)
    assert "@import" not in text


@pytest.mark.parametrize("path", [*PAGES, *SCRIPTS], ids=lambda path: path.name)
def test_static_addresses_resolve(path: Path) -> None:
    for address in re.findall(r'"(/static/[^"$`]+)"', path.read_text()):
        file = resolve(address)
        assert file is None or file.is_file(), address


@pytest.mark.parametrize("path", [*PAGES, *SCRIPTS], ids=lambda path: path.name)
def test_icons_exist(path: Path) -> None:
    """Each icon referred to is a symbol of the sprite; the scripts' ones are put together from names."""
    known = set(re.findall(r'<symbol id="([^"]+)"', (APP / "icons.svg").read_text()))
    assert set(re.findall(r"/static/icons\.svg#([\w-]+)", path.read_text())) <= known
    assert {"camera", "camera-off", "microphone", "microphone-off", "calm", "calm-on", "speak"} <= known


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_data_never_becomes_markup(path: Path) -> None:
    text = path.read_text()
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert way not in text


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_fits_the_content_security_policy(path: Path) -> None:
    """No inline script, style or handler, so that the policy can forbid them."""
    page = Page(path)
    assert all("src" in script for script in page.all("script"))
    assert not page.all("style")
    for _, attributes in page.elements:
        assert not any(name == "style" or name.startswith("on") for name in attributes)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_landmarks_and_names(path: Path) -> None:
    """Language, title, one main reached by the skip link, unique ids, a name for every control."""
    page = Page(path)
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("main")) == 1
    assert page.all("main")[0]["id"] == "main"
    assert page.all("a")[0] == {"class": "skip", "href": "#main"}
    assert len(page.ids) == len(set(page.ids))
    labels = {label.get("for") for label in page.all("label")}
    for (tag, attributes), parents in zip(page.elements, page.parents, strict=True):
        if tag in {"input", "select", "textarea"}:
            assert attributes.get("id") in labels or "label" in parents, attributes
        if tag == "section":
            assert "aria-label" in attributes or "aria-labelledby" in attributes, attributes
        if tag == "svg":
            assert attributes.get("aria-hidden") == "true"
        for reference in ("aria-labelledby", "for", "aria-controls"):
            for name in attributes.get(reference, "").split():
                assert name in page.ids, name


@pytest.mark.parametrize(
    ("page", "scripts"),
    [
        ("index.html", ["home.js", "questions.js", "rooms.js"]),
        ("room.html", ["room.js", "devices.js"]),
        ("practice.html", ["practice.js", "devices.js", "live.js"]),
        ("growth.html", ["growth.js"]),
        ("compare.html", ["compare.js"]),
        ("report.html", standalone.MODULES),
    ],
)
def test_scripts_find_their_elements(page: str, scripts: Sequence[str]) -> None:
    """Every element that a script asks for by a fixed id is on its page."""
    ids = set(Page(APP / page).ids)
    for script in scripts:
        asked = set(re.findall(r'find\("([^"]+)"\)', (APP / script).read_text()))
        optional = {"report-data"}
        assert asked - optional <= ids, script


def _messages(sender: str, wire: dict[str, Any] = WIRE) -> set[str]:
    both = (definition for definition in wire["$defs"].items() if "x-from" in definition[1])
    return {name for name, definition in both if definition["x-from"] in (sender, "both")}


def test_every_message_is_handled() -> None:
    """What the server may send is shown, acted on or answered."""
    view = (APP / "live.js").read_text()
    rest = (APP / "practice.js").read_text() + (APP / "connection.js").read_text()
    shown = set(re.findall(r"^  (\w+)\(.*\) \{$", view, re.MULTILINE))
    acted = set(re.findall(r'type === "(\w+)"', rest))
    assert _messages("server") <= shown | acted


def test_every_message_is_sent() -> None:
    """What the client may send, it does, and nothing else."""
    sent = set(re.findall(r'this\.send\("(\w+)"', (APP / "connection.js").read_text()))
    assert sent == _messages("client")


def test_every_message_of_a_room_is_handled_and_sent() -> None:
    """The room's page acts on all that the server may send, and sends all that it may, and nothing else."""
    page, socket = ((APP / name).read_text() for name in ("room.js", "room_socket.js"))
    handlers = page.split("const HANDLERS = {")[1].split("\n};")[0]
    handled = set(re.findall(r"^  (\w+):", handlers, re.MULTILINE))
    assert _messages("server", ROOM) == handled | {"pong"}
    sent = set(re.findall(r'(?:line|this)\.send\("(\w+)"', page + socket))
    assert sent == _messages("client", ROOM)


def test_motion_and_schemes_are_respected() -> None:
    """Both colour schemes, and no motion where none is wanted."""
    style = (APP / "base.css").read_text()
    assert "color-scheme: light dark" in style
    assert "prefers-reduced-motion: reduce" in style


@pytest.mark.parametrize("path", [*STYLES, *APP.glob("*.svg")], ids=lambda path: path.name)
def test_schemes_differ_in_colours_alone(path: Path) -> None:
    """`light-dark()` takes two colours; with anything else the whole declaration is void."""
    text = path.read_text()
    assert text.count("light-dark(") == len(re.findall(r"light-dark\(#\w+, #\w+\)", text))


def _hex(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _luminance(colour: str) -> float:
    """Relative luminance as in WCAG 2.2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _hex(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_contrast(scheme: int) -> None:
    """WCAG AA: 4.5 for text on every ground that it stands on, 3 for the subscores' bars."""
    pairs = re.findall(r"--(\w[\w-]*): light-dark\((#\w{6}), (#\w{6})\);", (APP / "base.css").read_text())
    colour = {name: (light, dark)[scheme] for name, light, dark in pairs}
    for ground in ("page", "surface", "sunken"):
        for text in ("ink", "soft", "mark", "alert"):
            assert _contrast(colour[text], colour[ground]) >= 4.5, (text, ground)
        for bar in ("confidence", "communication", "skill_relevance", "engagement", "focus"):
            assert _contrast(colour[bar], colour[ground]) >= 3, (bar, ground)
    assert _contrast(colour["on-action"], colour["action"]) >= 4.5
    assert _contrast(colour["alert"], colour["alert-ground"]) >= 4.5
    assert _contrast(colour["surface"], colour["good"]) >= 4.5
