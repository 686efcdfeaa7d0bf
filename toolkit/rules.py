"""`trailguard rules` and `trailguard render`: the rules that are held, and how each target reads them."""

from __future__ import annotations

import sys

from rich.table import Column, Table

from response.rules.catalogue import RULES, rule
from response.rules.errors import RulesError
from response.rules.render import render
from toolkit import output


def list_rules(*, as_json: bool) -> None:
    """Print one rule a line."""
    if as_json:
        for held in RULES.values():
            output.json_line(held.to_json())
        return
    # The id goes into the next command: whatever the terminal's width, it is not cut.
    table = Table(
        Column("id", no_wrap=True), "name", "kind", "severity", "published by", box=None, header_style="bold"
    )
    for held in RULES.values():
        table.add_row(held.id, held.name, held.kind, held.severity, held.source.publisher)
    output.print_table(table)


def render_rule(name: str, target: str) -> None:
    """Print a rule for a target; what makes it wider than the rule goes to standard error."""
    try:
        rendering = render(rule(name), target)
    except RulesError as error:
        raise output.CommandError(str(error)) from error
    sys.stdout.write(rendering.text + "\n")
    if rendering.superset:
        output.warn(f"this {target} pattern is wider than the rule: {rendering.why}; intake matches again")
