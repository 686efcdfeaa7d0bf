"""The dossier in a dozen lines: what the sections found, taken from their evidence, and what is not known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from toolkit import output

Section = Mapping[str, Any]
_WINDOWS = {
    "unrecorded": "not recorded",
    "diverted": "not where they belong",
    "unproven": "without proof or encryption",
}
_CALLS = {
    "persistence": "that make somebody stay",
    "evasion": "that blind a defender",
    "data": "that read or share data",
    "denied": "refused",
}
_TITLE = 14


def dossier_told(dossier: Mapping[str, Section]) -> Iterator[str]:
    """The lines to print, each question followed by what was found."""
    for title, name, told in _SECTIONS:
        lines = (
            list(told(dossier[name])) or [dossier[name]["finding"]] if name in dossier else ["not looked at"]
        )
        for number, line in enumerate(lines):
            yield _line("" if number else title, line)
    missing = [
        f"{name.replace('_', ' ')}: {one['missing']}" for name, one in dossier.items() if one["missing"]
    ]
    for number, line in enumerate(missing or ["nothing of what was asked"]):
        yield _line("" if number else "not known", line)


def _line(title: str, text: str) -> str:
    indent = text[: len(text) - len(text.lstrip())]
    return f"  [bold]{title:<{_TITLE}}[/bold]{indent}{output.safe(text)}"


def _who(section: Section) -> Iterator[str]:
    evidence = section["evidence"]
    for actor in _entries(evidence, "actors"):
        mfa = {True: "with MFA", False: "without MFA"}.get(actor["mfa"], "MFA not recorded")
        yield f"{actor['arn'] or actor['kind']}, {mfa}"
    for chain in _entries(evidence, "chains"):
        for link in chain["links"]:
            yield f"  issued by {link['event_name']} to {link['caller']}, from {link['source_ip']}"
        yield "  and that is where it began" if chain["whole"] else "  and it could not be followed further"


def _from_where(section: Section) -> Iterator[str]:
    evidence = section["evidence"]
    whose = {one["address"]: _whose(one) for one in _entries(evidence, "addresses")}
    for source in _entries(evidence, "sources"):
        address = source["source_ip"]
        told = ", ".join(part for part in (source["address_class"], whose.get(address, "")) if part)
        yield f"{address} ({told}), client: {source['agent_class']}"
    for seen in _entries(evidence, "seen_before"):
        if seen["of"]:
            yield f"  {seen['value']}: in {seen['seen']} of {seen['of']} earlier calls of this principal"
        else:
            yield f"  {seen['value']}: no earlier call of this principal to compare with"


def _whose(address: Mapping[str, Any]) -> str:
    interface, aws_range = address["interface"], address["aws_range"]
    if interface:
        return f"of {interface['instance'] or interface['id']}"
    if aws_range is None:
        return "nothing of this account has it"
    ranges = "in a range of AWS" if aws_range else "in no range of AWS"
    return f"nothing of this account has it, {ranges}"


def _blind_window(section: Section) -> Iterator[str]:
    windows: Sequence[Mapping[str, Any]] = (section["evidence"] or {}).get("entries", ())
    if not windows:
        yield section["finding"]
        return
    yield f"from {windows[0]['from']}; at {windows[0]['until']} it still went on"
    for kind, said in _WINDOWS.items():
        told = [
            f"{window['what']} (but in {window['instead']})" if window["instead"] else window["what"]
            for window in windows
            if window["kind"] == kind
        ]
        if told:
            yield f"  {said}: {'; '.join(told)}"


def _what_else(section: Section) -> Iterator[str]:
    evidence = section["evidence"]
    if not evidence:
        yield section["finding"]
        return
    services = _entries(evidence, "services")
    counts = ", ".join(f"{one['source'].partition('.')[0]} {one['calls']}" for one in services)
    yield f"calls from 48 hours before to 24 after, so far: {counts or 'none'}"
    for name, said in _CALLS.items():
        if calls := _entries(evidence, name):
            named = [f"{one['name']} {one['target']}".strip() for one in calls]
            yield f"  {said}: {', '.join(named)}"
    for other in _entries(evidence, "other_sessions"):
        yield f"  others are in {other['role'].rpartition('/')[2]}: {other['session']}"


def _made_to_stay(section: Section) -> Iterator[str]:
    created = _entries(section["evidence"], "created")
    if not created:
        yield section["finding"]
    for one in created:
        against = ", ".join(action["id"] for action in one["actions"]) or "nothing"
        key = one["access_key_id"]
        what = f"key {key} of user {one['name']}" if key else f"{one['kind'].replace('_', ' ')} {one['name']}"
        yield f"{what}: proposed {against}"


def _who_to_tell(section: Section) -> Iterator[str]:
    evidence = section["evidence"]
    for key, value in evidence.get("trail_tags", {}).items():
        yield f"{value} (the trail's tag {key})"
    if owner := evidence.get("policy_owner"):
        yield f"{owner} (the policy)"
    if contact := evidence.get("security_contact"):
        yield f"{contact['name']}, {contact['email']} (the account's security contact)"


def _entries(evidence: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    """A list of evidence; how many entries were left out of it is in the dossier itself."""
    entries: Sequence[Mapping[str, Any]] = evidence.get(name, {}).get("entries", ())
    return entries


_SECTIONS: Sequence[tuple[str, str, Callable[[Section], Iterable[str]]]] = (
    ("who", "who", _who),
    ("from where", "from_where", _from_where),
    ("blind window", "blind_window", _blind_window),
    ("what else", "what_else", _what_else),
    ("made to stay", "made_to_stay", _made_to_stay),
    ("to be told", "who_to_tell", _who_to_tell),
)
