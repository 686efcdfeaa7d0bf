"""Options that many commands of `trailguard` share."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
Stack = Annotated[str, typer.Option("--stack", help="Name of the deployed stack.")]
Profile = Annotated[str | None, typer.Option("--profile", help="AWS profile.")]
Region = Annotated[str | None, typer.Option("--region", help="AWS region of the stack.")]
