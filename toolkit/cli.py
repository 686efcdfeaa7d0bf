"""The `trailguard` command: its commands, options and help; the work is in one module per command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from toolkit import output
from toolkit.cli_judging import judging_app
from toolkit.cli_lab import here_app
from toolkit.options import Json, Profile, Region, Stack
from toolkit.stack_client import DEFAULT_STACK, StackClient

EPILOG = (
    "Exit codes: 0 done, 1 refused or a check did not hold, 2 wrong input or call, "
    "3 AWS or the stack cannot be reached, 4 something could not be read (with --strict)."
)
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog=EPILOG,
    help="Detect, answer and undo changes to AWS CloudTrail trails.",
)
baseline_app = typer.Typer(no_args_is_help=True, help="The approved state of each trail.")
app.add_typer(baseline_app, name="baseline")
app.add_typer(judging_app)
app.add_typer(here_app)


@app.command()
def detect(
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="Files or folders with CloudTrail records; - is standard input."),
    ] = None,
    as_json: Json = False,
    strict: Annotated[bool, typer.Option(help="Exit with 4 if anything could not be parsed.")] = False,
) -> None:
    """Print the records in CloudTrail files that the detection rules match."""
    from toolkit import detect as command
    from toolkit.records import UnreadablePathError

    try:
        code = command.run(paths or ["-"], as_json=as_json, strict=strict)
    except UnreadablePathError as error:
        raise output.CommandError(str(error)) from error
    raise typer.Exit(code)


@app.command()
def assess(
    event: Annotated[Path, typer.Option(help="The CloudTrail record (or EventBridge envelope).")],
    before: Annotated[
        Path | None,
        typer.Option(
            help="The trail state before, as `baseline show --json` prints it; without it, the plan is only "
            "what would be done about the caller."
        ),
    ] = None,
    after: Annotated[
        Path | None,
        typer.Option(help="The trail state after; without it, from the record's responseElements."),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(help="The response policy (YAML); without it, the policy.yaml of this folder."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say offline what a change means, how grave it is, and what would be done about it.

    Of a record that changes no trail: what would be done about whoever made the call.
    """
    from toolkit import assess as command

    raise typer.Exit(command.run(event, before, after, policy, as_json=as_json))


@app.command()
def rules(as_json: Json = False) -> None:
    """List the rules."""
    from toolkit import rules as command

    command.list_rules(as_json=as_json)


@app.command()
def render(
    rule: Annotated[str, typer.Argument(help="Id or name of a rule; see `trailguard rules`.")],
    target: Annotated[str, typer.Option("--as", help="cloudwatch, eventbridge or json.")] = "json",
) -> None:
    """Print a rule in the language of what evaluates it."""
    from toolkit import rules as command

    command.render_rule(rule, target)


@baseline_app.command("show")
def baseline_show(
    trail: Annotated[str | None, typer.Argument(help="ARN or name of a trail.")] = None,
    as_json: Json = False,
    stack: Stack = DEFAULT_STACK,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Show the approved state of each trail."""
    from toolkit import baseline as command

    command.show(StackClient(stack, profile, region), trail, as_json=as_json)


@baseline_app.command("capture")
def baseline_capture(
    trail: Annotated[str | None, typer.Argument(help="ARN of a trail; all without it.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
    stack: Stack = DEFAULT_STACK,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Approve the state that trails have now; what is different from it later is a change."""
    from toolkit import baseline as command

    command.capture(StackClient(stack, profile, region), trail, yes=yes, as_json=as_json)


@app.command()
def incidents(
    incident: Annotated[str | None, typer.Argument(help="Id of an incident; all without it.")] = None,
    as_json: Json = False,
    stack: Stack = DEFAULT_STACK,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """List the incidents, newest first, or show one as `show` does."""
    from toolkit import incidents as command

    client = StackClient(stack, profile, region)
    if incident is None:
        command.list_incidents(client, as_json=as_json)
    else:
        command.show_incident(client, incident, as_json=as_json)


@app.command()
def show(
    incident: Annotated[str, typer.Argument(help="Id of the incident; see `trailguard incidents`.")],
    as_json: Json = False,
    stack: Stack = DEFAULT_STACK,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Show one incident whole: changes, risk, dossier, plan, approval, what was done, evidence, timeline."""
    from toolkit import incidents as command

    command.show_incident(StackClient(stack, profile, region), incident, as_json=as_json)


@app.command()
def approve(
    incident: Annotated[str, typer.Argument(help="Id of the incident.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    action: Annotated[
        list[str] | None,
        typer.Option(help="Approve only this action (repeatable); all without it."),
    ] = None,
    comment: Annotated[str, typer.Option(help="Kept with the decision.")] = "",
    as_json: Json = False,
    stack: Stack = DEFAULT_STACK,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Approve the plan of an incident, after showing what will be done."""
    from toolkit import decide as command

    client = StackClient(stack, profile, region)
    command.approve(client, incident, actions=action, comment=comment, yes=yes, as_json=as_json)


@app.command()
def reject(
    incident: Annotated[str, typer.Argument(help="Id of the incident.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the decision.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
    stack: Stack = DEFAULT_STACK,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Reject the plan of an incident, after showing it: nothing of it is done."""
    from toolkit import decide as command

    client = StackClient(stack, profile, region)
    command.reject(client, incident, reason=reason, yes=yes, as_json=as_json)


@app.command()
def undo(
    incident: Annotated[str, typer.Argument(help="Id of the incident.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the undo.")],
    actions: Annotated[
        list[str] | None,
        typer.Argument(metavar="ACTION", help="Ids of the actions to take back; all without them."),
    ] = None,
    action: Annotated[
        list[str] | None, typer.Option(help="The same as an option, as `approve` has it (repeatable).")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    wait: Annotated[bool, typer.Option(help="Wait for the end of it.")] = True,
    timeout: Annotated[int, typer.Option(min=1, help="Seconds to wait at most.")] = 300,
    as_json: Json = False,
    stack: Stack = DEFAULT_STACK,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Have what was done in an incident taken back, if the world is as the incident left it."""
    from toolkit import undo as command

    command.undo(
        StackClient(stack, profile, region),
        incident,
        actions=[*(actions or ()), *(action or ())] or None,
        reason=reason,
        yes=yes,
        as_json=as_json,
        waiting=command.Waiting(timeout) if wait else None,
    )


def main() -> None:
    """Run the command; a CommandError becomes one line on standard error and its exit code."""
    try:
        app()
    except output.CommandError as error:
        output.err().print(f"[bold red]trailguard:[/bold red] {output.safe(error)}")
        sys.exit(error.code)
    except BrokenPipeError:
        # The reader (head, less) has seen enough; Python must not complain about it at exit.
        sys.stderr.close()
        sys.exit(output.ExitCode.DONE)
    except KeyboardInterrupt:
        output.err().print("trailguard: stopped")
        sys.exit(130)
