"""How the demonstration tells the dossier, a message, the trail's fields and who is refused."""

from __future__ import annotations

from io import StringIO
from typing import Any

from rich.console import Console

from toolkit.demo.access import Access, access_told
from toolkit.demo.checks_access import check_access, check_dossier
from toolkit.demo.dossier import dossier_told
from toolkit.demo.scene import ABROAD, BACK_DOOR, BYSTANDERS, INTRUDERS, REPORT, REPORT_KEY
from toolkit.demo.watching import excerpt


def test_a_dossier_of_which_nothing_is_known_is_told_as_that() -> None:
    """A section without evidence shows its finding, one that is not there is named, and why is said."""
    told = _plain(dossier_told({"who": {"finding": "not known", "evidence": {}, "missing": "no record"}}))
    assert told[0].split() == ["who", "not", "known"]
    assert told[1].split() == ["from", "where", "not", "looked", "at"]
    assert told[-1].split(maxsplit=2) == ["not", "known", "who: no record"]


def test_what_the_attacker_wrote_is_no_markup() -> None:
    """A session name in brackets stays text, and its control characters are gone."""
    actor = {"arn": "arn:aws:sts::1:assumed-role/r/[red]\x1b[2Jx", "kind": "role", "mfa": None}
    who = {"finding": "", "evidence": {"actors": {"entries": [actor]}}, "missing": ""}
    (line, *_) = _plain(dossier_told({"who": who}))
    assert "[red]" in line
    assert "\x1b" not in line


def test_addresses_and_windows_are_told_in_few_lines() -> None:
    """Whose the address is stands beside it; losses of one kind share a line."""
    told = "\n".join(_plain(dossier_told(_dossier())))
    assert "198.51.100.200 (public, nothing of this account has it, in no range of AWS), client: sdk" in told
    assert "198.51.100.200: in 0 of 7 earlier calls of this principal" in told
    assert "sdk: no earlier call of this principal to compare with" in told
    assert "not recorded: events of global services; events of other Regions" in told
    assert "not where they belong: log files (but in quarterly-exports)" in told


def test_each_that_was_made_has_what_is_proposed_against_it() -> None:
    """A key is told with its user, and where nothing is proposed, that is said."""
    told = "\n".join(_plain(dossier_told(_dossier())))
    assert "user svc-backup: proposed deny-created-user" in told
    assert "key AKIA1 of user report-export: proposed nothing" in told


def test_an_opening_message_is_shortened_to_what_is_asked() -> None:
    """Without notes and sections that the dossier tells; of any other message the first fact is shown."""
    text = (
        "Trail t: changed.\n\nWHAT HAPPENED\n  A field.\n    Meaning: bad.\n\nWHO\n  mallory\n\n"
        "ASKED OF YOU\n  - act\n    Note: slow.\n"
    )
    assert list(excerpt(text, "opened")) == [
        *("Trail t: changed.", "WHAT HAPPENED", "  A field.", "ASKED OF YOU", "  - act")
    ]
    assert list(excerpt(text, "closed")) == ["Trail t: changed.", "  A field."]
    assert list(excerpt("Trail t: lost.", "failed")) == ["Trail t: lost."]


def test_a_column_stands_for_each_turn() -> None:
    """Where nothing was undone there is no column for it."""
    access = Access({"a key": ""}, {"a key": "AccessDenied"})
    header, line = _plain(access_told(access))
    assert header.split() == ["under", "attack", "after", "the", "response"]
    assert line.split() == ["a", "key", "works", "AccessDenied"]


def test_checks_of_access_fail_where_somebody_is_wrongly_in_or_out() -> None:
    """Each deviation from the story fails a check that names the credential."""
    names = (*INTRUDERS, *BYSTANDERS, REPORT_KEY)
    works = dict.fromkeys(names, "")
    answered = {**works, **dict.fromkeys((*INTRUDERS, REPORT_KEY), "AccessDenied")}
    undone = {**answered, REPORT_KEY: ""}
    assert all(check.holds for check in check_access(Access(works, answered, undone), rejected=False))
    for wrong in (
        Access({**works, INTRUDERS[0]: "AccessDenied"}, answered, undone),
        Access(works, {**answered, INTRUDERS[2]: ""}, undone),
        Access(works, {**answered, INTRUDERS[2]: "ThrottlingException"}, undone),
        Access(works, {**answered, BYSTANDERS[0]: "AccessDenied"}, undone),
        Access(works, answered, answered),
        Access(works, {**answered, REPORT_KEY: ""}, undone),
        Access(works, answered, {**undone, INTRUDERS[1]: ""}),
    ):
        assert sum(not check.holds for check in check_access(wrong, rejected=False)) == 1, wrong
    assert all(check.holds for check in check_access(Access(works, works), rejected=True))
    assert not all(check.holds for check in check_access(Access(works, answered), rejected=True))


def test_the_check_of_the_dossier_wants_chain_address_and_both_users() -> None:
    """It fails as soon as one of the three is missing."""
    assert check_dossier({"dossier": _whole()}).holds
    for section, name in (("who", "chains"), ("from_where", "sources"), ("made_to_stay", "created")):
        broken = _whole()
        broken[section]["evidence"][name]["entries"] = []
        assert not check_dossier({"dossier": broken}).holds


def _plain(lines: Any) -> list[str]:
    """What a console without colours prints of the lines."""
    console = Console(file=StringIO(), width=400, highlight=False)
    for line in lines:
        console.print(line)
    file = console.file
    assert isinstance(file, StringIO)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def _section(**evidence: list[dict[str, Any]]) -> dict[str, Any]:
    entries = {name: {"entries": listed} for name, listed in evidence.items()}
    return {"finding": "", "evidence": entries, "missing": ""}


def _dossier() -> dict[str, Any]:
    window = {"from": "10:00", "until": "10:01", "instead": ""}
    windows = [
        {**window, "kind": "unrecorded", "what": "events of global services"},
        {**window, "kind": "diverted", "what": "log files", "instead": "quarterly-exports"},
        {**window, "kind": "unrecorded", "what": "events of other Regions"},
    ]
    return {
        "from_where": _section(
            sources=[{"source_ip": ABROAD, "address_class": "public", "agent_class": "sdk"}],
            addresses=[{"address": ABROAD, "interface": None, "aws_range": {}}],
            seen_before=[{"value": ABROAD, "seen": 0, "of": 7}, {"value": "sdk", "seen": 0, "of": 0}],
        ),
        "blind_window": {"finding": "", "evidence": {"entries": windows}, "missing": ""},
        "made_to_stay": _section(
            created=[
                {
                    "kind": "user",
                    "name": BACK_DOOR,
                    "access_key_id": "",
                    "actions": [{"id": "deny-created-user"}],
                },
                {"kind": "access_key", "name": REPORT, "access_key_id": "AKIA1", "actions": []},
            ]
        ),
    }


def _whole() -> dict[str, Any]:
    """The parts of a dossier at which the check looks."""
    return {
        "who": _section(chains=[{"links": [{"caller": "IAM user mallory (access key AKIA1)"}]}]),
        **_dossier(),
    }
