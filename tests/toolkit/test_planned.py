"""`trailguard expect` and `trailguard expected`: words become a request, an answer becomes lines."""

from __future__ import annotations

import json
from typing import Any

import pytest

from toolkit.output import CommandError
from toolkit.planned import Expected, expect, list_expected, parse_changes, withdraw

ARN = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit"
ASKED = Expected(
    trail=ARN,
    principal="arn:aws:iam::111122223333:role/ci-deploy",
    ticket="CHG-77",
    changes=["SnsTopicARN=moved"],
)
PLANNED: dict[str, Any] = {
    "id": "PC-20260301-0123abcd",
    "status": "open",
    "trail_arn": ARN,
    "principal": ASKED.principal,
    "not_before": "2026-03-01T08:00:00+00:00",
    "not_after": "2026-03-01T12:00:00+00:00",
    "ticket": "[red]CHG-77",
    "changes": {"SnsTopicARN": None, "Tags": {"a": "b"}},
    "requested_by": "arn:aws:iam::111122223333:user/alice",
    "requested_at": "2026-03-01T08:00:00+00:00",
    "reason": "the topic moves",
    "used_by": "TG-20260301-0123abcd",
    "withdrawn_by": "",
}


class Client:
    """Keeps what is posted and answers with one planned change."""

    def __init__(self, *arns: str, listed: tuple[dict[str, Any], ...] = ()) -> None:
        self.arns = arns
        self.listed = listed
        self.posted: list[tuple[tuple[str, ...], dict[str, Any]]] = []

    def get(self, *path: str) -> dict[str, Any]:
        """Baselines or planned changes."""
        if path == ("baselines",):
            return {"baselines": [{"trail_arn": arn} for arn in self.arns]}
        assert path == ("planned-changes",)
        return {"planned_changes": list(self.listed)}

    def post(self, *path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The planned change."""
        self.posted.append((path, body))
        return PLANNED


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("IsLogging=false", False),
        ("SnsTopicARN=null", None),
        ("SnsTopicARN=", ""),
        ("S3KeyPrefix=2026", "2026"),
        ("S3KeyPrefix=true", "true"),
        ('S3KeyPrefix="2026"', "2026"),
        ("S3KeyPrefix=a=b", "a=b"),
        ('Tags={"a": "b"}', {"a": "b"}),
        ("EventSelectors=[]", []),
        ("KmsKeyId=alias/logs", "alias/logs"),
    ],
)
def test_a_value_is_json_where_it_is_json(word: str, value: Any) -> None:
    """Else text; a field that holds text takes numbers as text."""
    assert list(parse_changes([word]).values()) == [value]


@pytest.mark.parametrize("word", ["IsLogging", "Logging=true", "=x", "is_logging=true", ""])
def test_what_is_no_change_is_refused_with_the_fields(word: str) -> None:
    """The error lists them as the trail state spells them."""
    with pytest.raises(CommandError, match=r"expected FIELD=VALUE .* S3BucketName, .* Tags") as refused:
        parse_changes([word])
    assert repr(word) in str(refused.value)


def test_a_field_is_named_once() -> None:
    """The second would silently win."""
    with pytest.raises(CommandError, match="IsLogging is there twice"):
        parse_changes(["IsLogging=true", "IsLogging=false"])


def test_only_what_was_said_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """Times and reason have their defaults where the stack keeps them."""
    client: Any = Client()
    expect(client, ASKED, as_json=True)
    assert client.posted == [
        (
            ("planned-changes",),
            {
                "principal": ASKED.principal,
                "ticket": "CHG-77",
                "changes": {"SnsTopicARN": "moved"},
                "trail_arn": ARN,
            },
        )
    ]
    assert json.loads(capsys.readouterr().out) == PLANNED


def test_everything_that_was_said_is_asked_for() -> None:
    """From, until and reason as they are."""
    client: Any = Client(ARN)
    asked = Expected("audit", ASKED.principal, "T", ["IsLogging=true"], "FROM", "UNTIL", "WHY")
    expect(client, asked, as_json=True)
    body = client.posted[0][1]
    assert (body["not_before"], body["not_after"], body["reason"]) == ("FROM", "UNTIL", "WHY")
    assert body["trail_arn"] == ARN


@pytest.mark.parametrize("arns", [(), (ARN, ARN.replace("eu-west-1", "us-east-1"))])
def test_a_name_has_to_be_one_approved_trails(arns: tuple[str, ...]) -> None:
    """None or several: the ARN says which."""
    client: Any = Client(*arns)
    asked = Expected("audit", ASKED.principal, "T", ["IsLogging=true"])
    with pytest.raises(CommandError, match=f"{len(arns)} trails of that name .* give the ARN"):
        expect(client, asked, as_json=False)
    assert client.posted == []


def test_a_planned_change_is_shown_with_what_became_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Strings in it are shown as they are, whatever they look like."""
    client: Any = Client(listed=(PLANNED,))
    list_expected(client, as_json=False)
    shown = capsys.readouterr().out
    for said in ("PC-20260301-0123abcd", "[red]CHG-77", "SnsTopicARN: none", '{"a": "b"}', "the topic moves"):
        assert said in shown
    assert "used by TG-20260301-0123abcd" in shown
    assert "withdrawn by" not in shown
    list_expected(client, as_json=True)
    assert json.loads(capsys.readouterr().out) == PLANNED


def test_where_nothing_is_announced_it_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """To a person; a machine gets no line."""
    client: Any = Client()
    list_expected(client, as_json=False)
    assert "trailguard expect" in capsys.readouterr().out
    list_expected(client, as_json=True)
    assert capsys.readouterr().out == ""


def test_one_is_withdrawn_by_its_id(capsys: pytest.CaptureFixture[str]) -> None:
    """And its id is said again."""
    client: Any = Client()
    withdraw(client, "PC-20260301-0123abcd", as_json=False)
    assert client.posted == [(("planned-changes", "PC-20260301-0123abcd", "withdraw"), {})]
    assert capsys.readouterr().out == "withdrawn PC-20260301-0123abcd\n"
    withdraw(client, "PC-20260301-0123abcd", as_json=True)
    assert json.loads(capsys.readouterr().out) == PLANNED
