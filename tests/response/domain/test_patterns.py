"""Whether an ARN, or an actor, is the principal that is named."""

from __future__ import annotations

import pytest

from response.domain import patterns
from tests.response.domain.people import RESTORER, actor, role, user


@pytest.mark.parametrize(
    ("pattern", "arn", "fits"),
    [
        ("arn:aws:iam::1:role/ci-*", "arn:aws:iam::1:role/ci-deploy", True),
        ("arn:aws:iam::1:role/ci-?", "arn:aws:iam::1:role/ci-1", True),
        ("arn:aws:iam::1:role/ci-?", "arn:aws:iam::1:role/ci-12", False),
        ("arn:aws:iam::1:role/CI", "arn:aws:iam::1:role/ci", False),
        ("arn:aws:iam::1:role/[abc]", "arn:aws:iam::1:role/a", False),
        ("arn:aws:iam::1:role/[abc]", "arn:aws:iam::1:role/[abc]", True),
        ("*", "", False),
    ],
)
def test_only_star_and_question_mark_are_special(pattern: str, arn: str, *, fits: bool) -> None:
    """No character classes, case counts, and an unknown ARN fits nothing."""
    assert patterns.matches(pattern, arn) is fits


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        ("arn:aws:iam::111122223333:role/a", ("111122223333", "a")),
        ("arn:aws:iam::111122223333:role/path/to/a", ("111122223333", "a")),
        ("arn:aws:sts::111122223333:assumed-role/a/session", ("111122223333", "a")),
        ("arn:aws:iam::111122223333:user/a", None),
        ("arn:aws:s3:::role/a", None),
        ("nonsense", None),
        ("", None),
    ],
)
def test_a_role_is_known_by_account_and_name(arn: str, expected: tuple[str, str] | None) -> None:
    """The session's ARN leaves the role's path out."""
    assert patterns.role_of(arn) == expected


def test_the_responder_is_known_with_and_without_issuer() -> None:
    """A session of the role is the role, also where the record leaves the issuer out."""
    session = role("trailguard-restorer", "tg-x")
    without_issuer = {key: value for key, value in session.items() if key != "sessionContext"}
    assert patterns.is_one_of(actor(session), [RESTORER])
    assert patterns.is_one_of(actor(without_issuer), [RESTORER])
    assert not patterns.is_one_of(actor(role("trailguard-restorer", account="999988887777")), [RESTORER])
    assert not patterns.is_one_of(actor(user("trailguard-restorer")), [RESTORER])
