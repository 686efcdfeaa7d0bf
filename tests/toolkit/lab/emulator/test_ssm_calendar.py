"""GetCalendarState answers from calendars that CreateDocument made."""

import pytest

from tests.toolkit.lab.emulator.helpers import ACCOUNT, code_of, make_user, policy
from toolkit.lab.emulator.server import Lab

_FREEZE = """BEGIN:VCALENDAR
X-CALENDAR-TYPE:DEFAULT_OPEN
BEGIN:VEVENT
DTSTART:20260304T110000Z
DTEND:20260304T130000Z
END:VEVENT
END:VCALENDAR"""
_ALWAYS = "BEGIN:VCALENDAR\nX-CALENDAR-TYPE:DEFAULT_OPEN\nEND:VCALENDAR"


def _create(lab: Lab, name: str, content: str = _FREEZE) -> None:
    lab.client("ssm").create_document(
        Name=name, Content=content, DocumentType="ChangeCalendar", DocumentFormat="TEXT"
    )


@pytest.mark.parametrize(
    ("at", "state", "following"),
    [
        ("2026-03-04T10:59:59Z", "OPEN", "2026-03-04T11:00:00Z"),
        ("2026-03-04T12:00:00Z", "CLOSED", "2026-03-04T13:00:00Z"),
        ("2026-03-04T13:00:00Z", "OPEN", None),
    ],
)
def test_the_state_at_a_moment(lab: Lab, unused: str, at: str, state: str, following: str | None) -> None:
    """A calendar is asked by its name or ARN, together with one that is always open too."""
    _create(lab, unused)
    _create(lab, f"{unused}-always", _ALWAYS)
    arn = f"arn:aws:ssm:us-east-1:{ACCOUNT}:document/{unused}"
    for names in ([unused], [arn], [f"{unused}-always", unused]):
        answer = lab.client("ssm").get_calendar_state(CalendarNames=names, AtTime=at)
        assert (answer["State"], answer.get("NextTransitionTime")) == (state, following)
    assert lab.client("ssm").get_calendar_state(CalendarNames=[f"{unused}-always"])["State"] == "OPEN"


def test_refusals(lab: Lab, unused: str) -> None:
    """An absent calendar, a text that is none, a name that is taken, a time that is none."""
    ssm = lab.client("ssm")
    _create(lab, unused)
    assert code_of(lambda: _create(lab, unused)) == "DocumentAlreadyExists"
    assert code_of(lambda: _create(lab, f"{unused}-2", "freeze until May")) == "InvalidDocumentContent"
    gone = [f"{unused}-gone", f"arn:aws:ssm:us-east-1:{ACCOUNT}:document/{unused}-gone"]
    for name in gone:
        code = code_of(lambda name=name: ssm.get_calendar_state(CalendarNames=[name]))  # type: ignore[misc]
        assert code == "InvalidDocument"
    late = {"CalendarNames": [unused], "AtTime": "at noon sharp, please"}
    assert code_of(lambda: ssm.get_calendar_state(**late)) == "ValidationException"
    assert ssm.get_document(Name=unused)["Content"] == _FREEZE
    ssm.delete_document(Name=unused)
    assert code_of(lambda: ssm.get_calendar_state(CalendarNames=[unused])) == "InvalidDocument"


def test_permission_on_the_calendar(lab: Lab, unused: str) -> None:
    """The document is the resource: another one is refused."""
    _create(lab, unused)
    client = lab.client("ssm", **make_user(lab, unused, "sts:GetCallerIdentity"))
    assert code_of(lambda: client.get_calendar_state(CalendarNames=[unused])) == "AccessDeniedException"
    document = policy("ssm:GetCalendarState", f"arn:aws:ssm:*:{ACCOUNT}:document/{unused}")
    lab.client("iam").put_user_policy(UserName=unused, PolicyName="may", PolicyDocument=document)
    assert code_of(lambda: client.get_calendar_state(CalendarNames=[unused])) == ""
    other = [f"{unused}-other"]
    assert code_of(lambda: client.get_calendar_state(CalendarNames=other)) == "AccessDeniedException"
