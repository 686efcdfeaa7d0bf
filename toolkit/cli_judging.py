"""Commands with which people say what is allowed, or was: planned changes, verdicts, exceptions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from response.domain.verdict import Judgement
from toolkit import closing, output, planned
from toolkit import exceptions as reviewing
from toolkit.options import Json, Profile, Region, Stack
from toolkit.stack_client import DEFAULT_STACK, StackClient

judging_app = typer.Typer()
exceptions_app = typer.Typer(no_args_is_help=True, help="The reviewed exceptions of the policy.")
judging_app.add_typer(exceptions_app, name="exceptions")


@judging_app.command()
def expect(
    *,
    trail: Annotated[str, typer.Option(help="ARN or name of the trail.")],
    principal: Annotated[str, typer.Option(help="Who will make the change: ARN pattern of a user or role.")],
    ticket: Annotated[str, typer.Option(help="The ticket under which it was agreed.")],
    change: Annotated[
        list[str],
        typer.Option(help="FIELD=VALUE (repeatable), the field as the trail state spells it; JSON or text."),
    ],
    since: Annotated[
        str | None, typer.Option("--from", help="From when, such as 2026-01-31T09:30:00Z; now without it.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Until when, at most 30 days later; 4 hours without it.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why; kept with it.")] = None,
    as_json: Json = False,
    stack: Stack = DEFAULT_STACK,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Announce a change that somebody else is going to make; exactly that is then left in place, once."""
    asked = planned.Expected(trail, principal, ticket, change, since, until, reason)
    planned.expect(StackClient(stack, profile, region), asked, as_json=as_json)


@judging_app.command()
def expected(
    *,
    withdraw: Annotated[str | None, typer.Option(help="Take this planned change back.")] = None,
    as_json: Json = False,
    stack: Stack = DEFAULT_STACK,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """List the announced changes, newest first, or take one back."""
    client = StackClient(stack, profile, region)
    if withdraw is None:
        planned.list_expected(client, as_json=as_json)
    else:
        planned.withdraw(client, withdraw, as_json=as_json)


@judging_app.command()
def close(
    *,
    incident: Annotated[str, typer.Argument(help="Id of the incident.")],
    verdict: Annotated[Judgement, typer.Option("--as", help="What it was.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the incident.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
    stack: Stack = DEFAULT_STACK,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Say what an incident was: an authorised state becomes the baseline; tampering is raised again."""
    client = StackClient(stack, profile, region)
    closing.close(client, incident, verdict=str(verdict), reason=reason, yes=yes, as_json=as_json)


@exceptions_app.command("check")
def exceptions_check(
    *,
    paths: Annotated[
        list[str], typer.Argument(help="Files or folders with past CloudTrail records; - is standard input.")
    ],
    policy: Annotated[
        Path | None,
        typer.Option(help="The response policy (YAML); without it, the policy.yaml of this folder."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say which past records each exception would have covered; exit with 1 if one is expired or too wide."""
    code: output.ExitCode = reviewing.check(paths, policy, as_json=as_json)
    raise typer.Exit(code)
