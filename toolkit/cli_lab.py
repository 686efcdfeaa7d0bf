"""Commands that run on the embedded AWS, on this machine: the demonstration and the lab."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from toolkit import output
from toolkit.options import Json

here_app = typer.Typer()
lab_app = typer.Typer(no_args_is_help=True, help="The embedded AWS with the stack deployed in it.")
here_app.add_typer(lab_app, name="lab")


@here_app.command()
def demo(
    interactive: Annotated[
        bool, typer.Option(help="You decide, on the page or with the command, instead of alice.")
    ] = False,
    as_json: Json = False,
    output_dir: Annotated[Path, typer.Option("--output", help="Where the incident is left.")] = Path(
        "build/demo"
    ),
) -> None:
    """Watch an attack on a trail and the answer to it, on the embedded AWS."""
    from toolkit import demo as command

    raise typer.Exit(command.run(output_dir, interactive=interactive, as_json=as_json))


@lab_app.command("up")
def lab_up(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")
    ] = 4566,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Write addresses and keys to this file when ready."),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(help="The response policy to deploy (YAML)."),
    ] = None,
) -> None:
    """Serve the embedded AWS with the stack deployed, until stopped by a signal."""
    from toolkit import lab_up as command

    raise typer.Exit(command.run(port, json_file, policy))


@lab_app.command("code")
def lab_code(
    secret: Annotated[str, typer.Argument(help="The secret of an authenticator app, as `lab up` prints it.")],
) -> None:
    """Print the code that an authenticator app with this secret shows now, to sign in on the lab's page."""
    from toolkit.lab import totp

    try:
        typer.echo(totp.code(secret))
    except ValueError as error:
        raise output.CommandError(f"{secret!r} is no secret of an authenticator app: {error}") from error
