"""`trailguard detect`: which records in these files would have set Trailguard off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from response.domain.errors import MalformedRecordError
from response.domain.record import Record, parse_record
from response.rules.catalogue import Rule
from response.rules.matcher import matching_rules
from toolkit import output
from toolkit.records import Found, Problem, Skipped, read_records

MAX_NAMED_PROBLEMS = 20


@dataclass
class Tally:
    """What one run has read: records, matches, repeated event ids, and what could not be read."""

    records: int = 0
    matches: int = 0
    duplicates: int = 0
    skipped: int = 0
    problems: list[Problem] = field(default_factory=list)

    def summary(self, one: str = "match", many: str = "matches") -> str:
        """One line for standard error, in which a match has the name that the command gives it."""
        parts = [_count(self.records, "record"), _count(self.matches, one, many)]
        if self.duplicates:
            parts.append(_count(self.duplicates, "repeated delivery", "repeated deliveries"))
        if self.skipped:
            parts.append(f"{_count(self.skipped, 'file')} left out by name")
        if self.problems:
            parts.append(f"{_count(len(self.problems), 'input')} could not be parsed")
        return ", ".join(parts)


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def detect(paths: list[str], tally: Tally) -> Iterator[tuple[Rule, Record]]:
    """Yield each match once, keeping count in `tally`; UnreadablePathError for a path that is not there."""
    seen: set[str] = set()
    for item in read_records(paths):
        if isinstance(item, Problem):
            tally.problems.append(item)
            continue
        if isinstance(item, Skipped):
            tally.skipped += 1
            continue
        tally.records += 1
        rules = matching_rules(item.value)
        record = _parsed(item, tally)
        if record is None or not rules:
            continue
        if record.event_id in seen:
            tally.duplicates += 1
            continue
        seen.add(record.event_id)
        for rule in rules:
            tally.matches += 1
            yield rule, record


def _parsed(item: Found, tally: Tally) -> Record | None:
    try:
        return parse_record(item.value)
    except MalformedRecordError as error:
        tally.problems.append(Problem(item.where, str(error)))
        return None


def match_json(rule: Rule, record: Record) -> dict[str, Any]:
    """One match as the object that `--json` prints."""
    return {
        "event_id": record.event_id,
        "event_time": record.event_time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "rule": rule.id,
        "account": record.account,
        "region": record.region,
        "trail": record.trail_arn() or record.trail_name_or_arn(),
        "actor": {
            "kind": str(record.actor.kind),
            "arn": record.actor.arn,
            "access_key_id": record.actor.access_key_id,
        },
        "source_ip": record.source_ip,
        "user_agent": record.user_agent,
    }


def run(paths: list[str], *, as_json: bool, strict: bool) -> output.ExitCode:
    """Print every match and what could not be read; the exit code says whether all was read."""
    tally = Tally()
    console = output.out()
    for rule, record in detect(paths, tally):
        found = match_json(rule, record)
        if as_json:
            output.json_line(found)
            continue
        actor = found["actor"]
        console.print(
            f"[bold]{found['event_time']}[/bold]  [red]{output.safe(rule.name)}[/red]  "
            f"{output.safe(found['trail'])}  by {output.safe(actor['arn'] or actor['kind'])}  "
            f"from {output.safe(record.source_ip)}  "
            f"[dim]{output.safe(record.event_id)}  {output.safe(record.user_agent, 80)}[/dim]"
        )
    for problem in tally.problems[:MAX_NAMED_PROBLEMS]:
        output.warn(f"{problem.where}: {problem.reason}")
    if (rest := len(tally.problems) - MAX_NAMED_PROBLEMS) > 0:
        output.warn(f"and {rest} more that could not be parsed")
    output.err().print(f"[dim]{tally.summary()}[/dim]")
    return output.ExitCode.INCOMPLETE if strict and tally.problems else output.ExitCode.DONE
