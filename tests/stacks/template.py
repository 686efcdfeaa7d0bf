"""Reads synthesized templates: resources by type, and references as text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Template:
    """A template and the validation report of its assembly."""

    document: Mapping[str, Any]
    findings: tuple[tuple[str, str], ...]  # rule, path of the construct

    @classmethod
    def load(cls, assembly: Path) -> Template:
        """Read what a synthesis has left in a folder."""
        document = json.loads((assembly / "Trailguard.template.json").read_text(encoding="utf-8"))
        report = json.loads((assembly / "validation-report.json").read_text(encoding="utf-8"))
        findings = [
            (violation["ruleName"], construct["constructPath"])
            for plugin in report["pluginReports"]
            for violation in plugin["violations"]
            for construct in violation["violatingConstructs"]
        ]
        return cls(document, tuple(findings))

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """All resources of a type such as `AWS::S3::Bucket`, by logical id."""
        found = {key: value for key, value in self.document["Resources"].items() if value["Type"] == kind}
        assert found, f"no {kind} in the template"
        return found

    def one(self, kind: str, start: str = "") -> tuple[str, dict[str, Any]]:
        """The logical id and the whole of the only resource of a type whose logical id starts like this."""
        found = [item for item in self.resources(kind).items() if item[0].startswith(start)]
        assert len(found) == 1, f"{len(found)} {kind} start with {start!r}"
        return found[0]

    def properties(self, kind: str, start: str = "") -> dict[str, Any]:
        """The properties of that only resource."""
        properties: dict[str, Any] = self.one(kind, start)[1]["Properties"]
        return properties

    def arn(self, kind: str, start: str = "") -> str:
        """Its ARN, in the words of `text`."""
        return f"<{self.one(kind, start)[0]}.Arn>"

    def role(self, name: str) -> tuple[str, dict[str, Any]]:
        """The logical id and the properties of the role with a fixed name."""
        for key, role in self.resources("AWS::IAM::Role").items():
            if role["Properties"].get("RoleName") == name:
                return key, role["Properties"]
        raise AssertionError(f"no role is called {name}")

    def role_statements(self, logical_id: str) -> list[dict[str, Any]]:
        """What all policies of a role allow."""
        return [
            statement
            for policy in self.resources("AWS::IAM::Policy").values()
            if {"Ref": logical_id} in policy["Properties"]["Roles"]
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        ]

    def statement(self, kind: str, sid: str, start: str = "") -> dict[str, Any]:
        """The one statement with a Sid in the only resource policy of that kind."""
        properties = self.properties(kind, start)
        document = properties.get("PolicyDocument") or properties["KeyPolicy"]
        found: list[dict[str, Any]] = [item for item in document["Statement"] if item.get("Sid") == sid]
        assert len(found) == 1, f"{len(found)} statements {sid}"
        return found[0]


def text(value: Any) -> str:
    """Plain text of a value with intrinsic functions in it: `<LogicalId>`, `<LogicalId.Attribute>`."""
    if isinstance(value, dict):
        ((function, argument),) = value.items()
        if function == "Fn::Join":
            return str(argument[0]).join(text(part) for part in argument[1])
        assert function in {"Ref", "Fn::GetAtt"}, function
        return f"<{'.'.join(argument) if isinstance(argument, list) else argument}>"
    return str(value)


def listed(value: Any) -> list[str]:
    """A member that may be one value or a list of them, as texts."""
    return [text(item) for item in (value if isinstance(value, list) else [value])]


def pairs(statements: list[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """Every action, resource and condition that statements allow."""
    for statement in statements:
        assert statement["Effect"] == "Allow"
        for action in listed(statement["Action"]):
            for resource in listed(statement["Resource"]):
                yield action, resource, json.dumps(statement.get("Condition", {}), sort_keys=True)
