"""The documents say what the code does: permissions, policy keys, steps, alarms, messages, links."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from response.aws import incidents, keys
from response.domain.approval import RefusalCode
from response.domain.incident import IncidentStatus
from response.domain.message import NoticeKind
from response.domain.policy import FLOOR_FIELDS, Policy, parse_policy
from response.domain.undo import UndoCode
from response.permissions import FUNCTIONS, MEMBER_ROLES, STATE_MACHINE, SYMBOLS, Grant, assuming
from response.steps import escalate, notify
from response.workflow import STEPS, template
from stacks.assembly import synthesize
from stacks.policy_file import PolicyFileError, load_policy

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
RUNBOOK, POLICY, PERMISSIONS, ARCHITECTURE = (
    DOCS / name for name in ("runbook.md", "policy-reference.md", "permissions.md", "architecture.md")
)
_HEADING = re.compile(r"(#+) (.+)")
_CODE = re.compile(r"`([^`]+)`")
_FENCE = re.compile(r"```(\w*)\n(.*?)```\n?", re.DOTALL)
_LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
_PATH = re.compile(r"`((?:docs|response|stacks|tests|toolkit)/[\w./-]+)`")
_OPTIONAL_IN_EXCEPTIONS = {"trail": "any trail", "fields": "any field", "max_severity": "high"}
_RECORD_PARTS = ("Status", "Context", "Decision", "Consequences")


def _sections(page: Path, level: int) -> dict[str, str]:
    """The text below each heading of that level, up to the next heading of that level or a higher one."""
    found: dict[str, list[str]] = {}
    current: list[str] | None = None
    fenced = False
    for line in page.read_text(encoding="utf-8").splitlines():
        fenced ^= line.startswith("```")
        heading = None if fenced else _HEADING.fullmatch(line)
        if heading and len(heading[1]) <= level:
            current = None
            if len(heading[1]) == level:
                assert heading[2] not in found, f"{page.name}: two headings {heading[2]!r}"
                current = found.setdefault(heading[2], [])
        elif current is not None:
            current.append(line)
    return {title: "\n".join(lines) for title, lines in found.items()}


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _rows(text: str) -> list[list[str]]:
    """The rows of the first table in a text, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [_cells(line) for line in lines[2:]]


def _told(text: str) -> list[list[list[str]]]:
    """What a table of grants says: actions, resources, conditions; each row with a reason."""
    told = []
    for *cells, why in _rows(text):
        assert why, f"no reason beside {cells[0]}"
        told.append([sorted(_CODE.findall(cell)) for cell in cells])
    return sorted(told)


def _held(grants: tuple[Grant, ...]) -> list[list[list[str]]]:
    """The same, of the code."""
    return sorted(
        [sorted(grant.actions), sorted(grant.resources), sorted(_conditions(grant))] for grant in grants
    )


def _conditions(grant: Grant) -> Iterator[str]:
    for operator, pairs in grant.conditions.items():
        for key, value in pairs.items():
            yield f"{operator} {key} = {value}"


def _named(text: str, label: str) -> list[str]:
    """The names in code after a label, on its line."""
    (line,) = [line for line in text.splitlines() if line.startswith(label)]
    return _CODE.findall(line)


def test_permissions_page_has_every_function_and_nothing_else() -> None:
    """Each function, member role and the state machine has a heading; no heading is left over."""
    expected = {*FUNCTIONS, *MEMBER_ROLES, "state machine", "approver", "incident reader", "people"}
    assert set(_sections(PERMISSIONS, 3)) == expected


@pytest.mark.parametrize("name", FUNCTIONS)
def test_permissions_of_a_function_are_told(name: str) -> None:
    """Its table holds exactly its grants, and the member roles it may assume."""
    text = _sections(PERMISSIONS, 3)[name]
    assert _told(text) == _held(FUNCTIONS[name].grants)
    assert _named(text, "Assumes:") == list(FUNCTIONS[name].assumes)


@pytest.mark.parametrize("name", MEMBER_ROLES)
def test_permissions_of_a_member_role_are_told(name: str) -> None:
    """Its table holds exactly its grants, and the functions that may assume it."""
    text = _sections(PERMISSIONS, 3)[name]
    assert _told(text) == _held(MEMBER_ROLES[name].grants)
    assert _named(text, "Assumed by:") == list(assuming(name))


def test_permissions_of_the_state_machine_are_told() -> None:
    """What its role may do beside calling its functions."""
    assert _told(_sections(PERMISSIONS, 3)["state machine"]) == _held(STATE_MACHINE)


def test_symbols_are_explained() -> None:
    """Every symbol of a resource, with the words of the code."""
    rows = _rows(PERMISSIONS.read_text(encoding="utf-8"))
    assert {symbol.strip("`{}"): meaning for symbol, meaning in rows[: len(SYMBOLS)]} == SYMBOLS


def _example() -> Policy:
    """A policy in which every part is there."""
    texts = [text for kind, text, _ in _blocks() if kind == "example" and "ci-log-group" in text]
    return parse_policy(_parsed(texts[0]))


def _policy_keys() -> Iterator[tuple[str, object]]:
    """Each key of a policy, with its default; `...` for a key without one."""
    defaults = Policy().to_json()
    yield "version", ...
    for key in ("gates", "approval", "limits", "owners"):
        for name, value in defaults[key].items():
            yield f"{key}.{name}", value
    yield "trails.require", dict.fromkeys(FLOOR_FIELDS, True)
    yield "protected_principals", []
    yield "protected_tags", {}
    yield "change_calendars", []
    yield "exceptions", []
    for name in _example().exceptions[0].to_json():
        yield f"exceptions[].{name}", _OPTIONAL_IN_EXCEPTIONS.get(name, ...)


def _blocks() -> list[tuple[str, str, str]]:
    """The YAML blocks of the policy reference: an example, or a mistake with its message."""
    text = POLICY.read_text(encoding="utf-8")
    found = [(match[1], match[2], match.end()) for match in _FENCE.finditer(text)]
    blocks: list[tuple[str, str, str]] = []
    for index, (language, body, _) in enumerate(found):
        after = found[index + 1] if index + 1 < len(found) else ("", "", 0)
        if language == "yaml":
            is_mistake = after[0] == "text"
            blocks.append(("mistake", body, after[1].strip()) if is_mistake else ("example", body, ""))
    return blocks


def _parsed(text: str) -> Mapping[str, Any]:
    """Read a block as the stacks read policy.yaml; the version may be left out."""
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / "policy.yaml"
        path.write_text(text if "version:" in text else f"version: 1\n{text}", encoding="utf-8")
        try:
            return load_policy(path)
        except PolicyFileError as error:
            raise PolicyFileError(str(error).removeprefix(f"policy file {path}: ")) from error


def test_policy_reference_has_every_key_with_its_default() -> None:
    """A key that is added, renamed or given another default has to be told."""
    sections = _sections(POLICY, 3)
    expected = dict(_policy_keys())
    assert set(sections) == set(expected)
    for key, default in expected.items():
        (line,) = [line for line in sections[key].splitlines() if line.startswith("- Default:")]
        told = line.removeprefix("- Default:").strip()
        if key == "trails.require":
            assert told == "all four `true`"
        elif default in ("any trail", "any field"):
            assert told == default
        elif default is ...:
            assert told == "none, required", key
        else:
            spelled = default if isinstance(default, str) and default else json.dumps(default)
            assert told == f"`{spelled}`", key
        for label in ("- Type:", "- Effect:"):
            assert label in sections[key], f"{key}: {label}"


@pytest.mark.parametrize("text", [text for kind, text, _ in _blocks() if kind == "example"])
def test_policy_example_is_valid(text: str) -> None:
    """What the reference shows as an example can be deployed."""
    assert parse_policy(_parsed(text))


@pytest.mark.parametrize(("text", "message"), [(text, told) for kind, text, told in _blocks() if told])
def test_policy_mistake_has_the_message_that_is_shown(text: str, message: str) -> None:
    """The message under a mistake is the one that the reader will see."""
    with pytest.raises(PolicyFileError) as raised:
        _parsed(text)
    assert str(raised.value).splitlines()[0] == message


def test_runbook_has_every_step() -> None:
    """Each step and each function outside the state machine has a heading of exactly its name."""
    outside = set(FUNCTIONS) - set(STEPS)
    expected = {*STEPS, *outside, "escalate_direct"}
    sections = _sections(RUNBOOK, 3)
    assert expected <= set(sections)
    assert "escalate_direct" in json.loads(template())["States"]
    for name in expected - {"escalate_direct"}:
        for label in ("**Does.**", "**Fails.**", "**You see.**", "**Do.**"):
            assert label in sections[name], f"{name}: {label}"


def test_runbook_names_every_kind_of_message_status_and_end() -> None:
    """Whatever a message, an incident or a refusal may say is explained."""
    known = set(_CODE.findall(_FENCE.sub("", RUNBOOK.read_text(encoding="utf-8"))))
    words = {
        *map(str, NoticeKind),
        *map(str, IncidentStatus),
        *map(str, RefusalCode),
        *map(str, UndoCode),
        *notify._ENDINGS,
        *escalate._FORESEEN,
    }
    assert not words - known


@pytest.fixture(scope="module")
def alarm_names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The alarms that the default deployment makes."""
    assembly = synthesize(tmp_path_factory.mktemp("assembly"))
    document = json.loads((assembly / "Trailguard.template.json").read_text(encoding="utf-8"))
    alarms = [item for item in document["Resources"].values() if item["Type"] == "AWS::CloudWatch::Alarm"]
    return {alarm["Properties"]["AlarmName"] for alarm in alarms}


def test_runbook_has_every_alarm(alarm_names: set[str]) -> None:
    """An alarm that nobody knows what to do about is noise; one that does not exist is worse."""
    rows = _rows(_sections(RUNBOOK, 2)["Alarms"])
    told = {name for row in rows for name in _CODE.findall(row[0])}
    expected = {name for name in alarm_names if not name.endswith("-errors")}
    assert told == {*expected, "trailguard-<step>-errors"}
    steps = {name.replace("_", "-") for name in FUNCTIONS}
    assert alarm_names - expected == {f"trailguard-{step}-errors" for step in steps}


def test_architecture_names_what_lies_in_the_table() -> None:
    """Every kind of item, and every kind of document of a round."""
    text = ARCHITECTURE.read_text(encoding="utf-8")
    kinds = {
        *(keys.META, keys.RECORD, keys.EVENT, keys.ACTION, keys.APPROVAL, keys.UNDO, keys.UNDO_REQUEST),
        *(f"{kind}#" for kind in (incidents.STATE, incidents.EVIDENCE, incidents.DOSSIER)),
        *(f"{kind}#" for kind in (incidents.ASSESSMENT, incidents.VERIFICATION, incidents.OUTCOMES)),
        *("CLAIM#", "OPEN", "BASELINE", keys.PLANNED, "SETTLED", "CONTAINMENTS", "MISUSE#"),
    }
    assert not {kind for kind in kinds if kind not in text}


def test_architecture_names_every_step() -> None:
    """The table of steps has each of them once, in order."""
    rows = _rows(_sections(ARCHITECTURE, 2)["Steps"])
    assert [row[0].strip("`") for row in rows][: len(STEPS)] == list(STEPS)


def _anchor(heading: str) -> str:
    """As code hosting sites make one of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_links_lead_somewhere(page: Path) -> None:
    """Relative links name files and headings that exist; so do paths in code."""
    text = page.read_text(encoding="utf-8")
    for target in _LINK.findall(text):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), f"{page.name}: {target}"
        if anchor:
            headings = [found[2] for found in map(_HEADING.fullmatch, path.read_text().splitlines()) if found]
            assert anchor in map(_anchor, headings), f"{page.name}: {target}"
    for name in _PATH.findall(_FENCE.sub("", text)):
        assert (ROOT / name).exists(), f"{page.name}: {name}"


def test_decision_records_are_numbered_and_whole() -> None:
    """Numbers without gaps; each record has its parts in order."""
    records = sorted((DOCS / "adr").glob("*.md"))
    assert [path.name[:4] for path in records] == [f"{number:04}" for number in range(1, len(records) + 1)]
    for path in records:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith(f"# {int(path.name[:4])}. "), path.name
        assert tuple(line[3:] for line in lines if line.startswith("## ")) == _RECORD_PARTS, path.name
