"""The page's files: nothing inline or from elsewhere, no way from text to markup, every code known."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from response.domain import report_dossier
from response.domain.approval import RefusalCode
from response.domain.incident import IncidentStatus
from response.domain.undo import UndoCode
from response.domain.verdict import Judgement

CONSOLE = Path(__file__).parents[3] / "response" / "console"
PAGE = CONSOLE / "page"
FILES = sorted(path for path in PAGE.iterdir() if path.is_file())
SCRIPTS = [path for path in FILES if path.suffix == ".js"]
# What makes markup or code of text, or keeps a token where another page finds it.
_FORBIDDEN = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc|javascript:"
    r"|setHTML|createContextualFragment|DOMParser|localStorage|document\.cookie|\.style\b|postMessage"
)
_ELSEWHERE = re.compile(r"(?:https?:)?//[a-z0-9]", re.IGNORECASE)
# A namespace is a name, not an address that anybody goes to.
_SVG = "http://www.w3.org/2000/svg"


class _Reader(HTMLParser):
    """The tags of the page, and what stands inside scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] in ("script", "style"):
            self.inside += data.strip()


@pytest.fixture(scope="module")
def page() -> _Reader:
    """console.html as it is parsed."""
    reader = _Reader()
    reader.feed((PAGE / "console.html").read_text())
    return reader


def test_nothing_is_inline(page: _Reader) -> None:
    """The content security policy allows neither script nor style in the page or its attributes."""
    assert page.inside == ""
    assert "style" not in [tag for tag, _ in page.tags]
    named = {name for _, attributes in page.tags for name in attributes}
    assert not {name for name in named if name.startswith("on") or name == "style"}


def test_every_file_is_used_and_none_is_from_elsewhere(page: _Reader) -> None:
    """What the page and its modules name is exactly what lies in the folder."""
    linked = {attributes.get("src") or attributes.get("href") for _, attributes in page.tags}
    used = {str(name).removeprefix("/") for name in linked if name and str(name).startswith("/")}
    for script in SCRIPTS:
        used |= set(re.findall(r'from "\./([a-z]+\.js)"', script.read_text()))
    assert used | {"console.html"} == {path.name for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.name))
def test_no_way_from_text_to_markup(path: Path) -> None:
    """Nor an address of another place, nor a storage that other scripts read."""
    text = path.read_text().replace(_SVG, "")
    assert not _FORBIDDEN.search(text), _FORBIDDEN.search(text)
    assert not _ELSEWHERE.search(text), _ELSEWHERE.search(text)
    assert "@import" not in text


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.name))
def test_scripts_are_short_and_plain(path: Path) -> None:
    """Modules that one can read at a sitting, in ASCII: nothing can hide in them."""
    text = path.read_text()
    assert len(text.splitlines()) <= 250
    assert max(map(len, text.splitlines())) <= 120
    assert text.isascii()


def test_every_refusal_has_words() -> None:
    """Whatever code the routes that the page calls can answer, the page says what to do next."""
    codes = {str(code) for code in (*RefusalCode, *UndoCode)}
    for path in CONSOLE.glob("*.py"):
        if path.stem not in ("planned", "baselines"):
            codes |= set(_codes(ast.parse(path.read_text())))
    assert {"not_entitled", "incident_busy", "late"} <= codes
    assert codes <= _keys("CODES"), codes - _keys("CODES")


def _codes(tree: ast.AST) -> Iterator[str]:
    """The codes of the problems that a module makes, where they are written out."""
    for node in ast.walk(tree):
        is_problem = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ProblemError"
        if is_problem and isinstance(node, ast.Call) and len(node.args) > 1:
            code = node.args[1]
            if isinstance(code, ast.Constant):
                yield str(code.value)
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "LATE":
            yield str(ast.literal_eval(node.value))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("STATUS", list(map(str, IncidentStatus))),
        ("WAITS_FOR", list(map(str, IncidentStatus))),
        ("VERDICTS", list(map(str, Judgement))),
        ("SECTIONS", list(report_dossier.QUESTIONS)),
    ],
)
def test_every_word_of_the_domain_is_known(name: str, words: list[str]) -> None:
    """A state, a verdict or a section that is new has to be told in the page, too."""
    assert _keys(name) == set(words)


def _keys(name: str) -> set[str]:
    """The keys of an object in words.js."""
    text = (PAGE / "words.js").read_text()
    found = re.search(rf"const {name} = {{(.*?)\n}};", text, re.DOTALL)
    assert found is not None
    return set(re.findall(r"^  (\w+):", found[1], re.MULTILINE))
