"""`trailguard exceptions check`: what the policy's exceptions would have covered, and which ought to go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from response.domain.errors import MalformedRecordError
from response.domain.exception_review import (
    CHANGING,
    Fault,
    Review,
    Seen,
    changes_a_trail,
    past_changes,
    review,
)
from response.domain.record import Record, parse_record
from toolkit import output
from toolkit.assess import read_policy
from toolkit.detect import MAX_NAMED_PROBLEMS, Tally
from toolkit.records import Problem, Skipped, UnreadablePathError, read_records

SHOWN = 20
_FAULT_STYLE = {
    Fault.EXPIRED: "bold red",
    Fault.TOO_WIDE: "bold red",
    Fault.EXPIRING: "yellow",
    Fault.NEVER_USED: "dim",
}


def check(paths: list[str], policy: Path | None, *, as_json: bool) -> output.ExitCode:
    """Print a review of each exception; the exit code says whether one is expired or too wide."""
    exceptions = read_policy(policy).exceptions
    tally = Tally()
    try:
        changes = past_changes(_changing(paths, tally))
        reviews = review(exceptions, changes, dt.datetime.now(dt.UTC).date())
    except UnreadablePathError as error:
        raise output.CommandError(str(error)) from error
    for one in reviews:
        if as_json:
            output.json_line(one.to_json())
        else:
            _show(one)
    if not reviews and not as_json:
        output.out().print("The policy holds no exceptions.")
    _report(tally)
    return output.ExitCode.DONE if all(one.is_sound for one in reviews) else output.ExitCode.REFUSED


def _changing(paths: list[str], tally: Tally) -> Iterator[Record]:
    """The records of changes to trails, each event once; only these are kept, whatever the files hold."""
    seen: set[str] = set()
    for item in read_records(paths):
        if isinstance(item, Problem):
            tally.problems.append(item)
            continue
        if isinstance(item, Skipped):
            tally.skipped += 1
            continue
        tally.records += 1
        if isinstance(item.value, dict) and item.value.get("eventName") not in tuple(CHANGING):
            continue
        try:
            record = parse_record(item.value)
        except MalformedRecordError as error:
            tally.problems.append(Problem(item.where, str(error)))
            continue
        if not changes_a_trail(record):
            continue
        if record.dedup_id in seen:
            tally.duplicates += 1
            continue
        seen.add(record.dedup_id)
        tally.matches += 1
        yield record


def _show(one: Review) -> None:
    console = output.out()
    exception = one.exception
    console.print(
        f"[bold]{output.safe(exception.id)}[/bold]  {output.safe(exception.principal)}  "
        f"{output.safe(exception.ticket)}  until {exception.expires.isoformat()}"
    )
    for fault, text in one.faults:
        name = str(fault).replace("_", " ")
        console.print(f"  [{_FAULT_STYLE[fault]}]{name}[/]: {output.safe(text)}")
    _list("would have covered", one.covered)
    _list("came near", one.near)


def _list(title: str, listed: tuple[Seen, ...]) -> None:
    console = output.out()
    if not listed:
        return
    console.print(f"  {title} {len(listed)}:")
    for seen in listed[:SHOWN]:
        record, graded = seen.change.record, seen.change.graded or ()
        fields = ", ".join(change.field for change in graded)
        line = (
            f"{record.event_time:%Y-%m-%dT%H:%M:%SZ}  {record.event_name}  {seen.change.trail_arn}  "
            f"from {record.source_ip}  {fields}  {record.event_id}"
        )
        console.print(f"    {output.safe(line)}")
        for why in seen.missing:
            console.print(f"      [dim]{output.safe(why)}[/dim]")
    if len(listed) > SHOWN:
        console.print(f"    and {len(listed) - SHOWN} more (--json has them all)")


def _report(tally: Tally) -> None:
    """What was read, and what could not be, on standard error."""
    for problem in tally.problems[:MAX_NAMED_PROBLEMS]:
        output.warn(f"{problem.where}: {problem.reason}")
    if (rest := len(tally.problems) - MAX_NAMED_PROBLEMS) > 0:
        output.warn(f"and {rest} more that could not be parsed")
    output.err().print(f"[dim]{tally.summary('change to a trail', 'changes to trails')}[/dim]")
