"""Who may do what: by group for people, by name for IAM principals, and nothing for everybody else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.domain.entitlement import Entitlement, Standing

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/ops/soc-lead"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/soc-lead/alice"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
ARNS = st.from_regex(
    r"arn:aws:(iam::[0-9]{12}:(user|role)|sts::[0-9]{12}:assumed-role/r)/[a-z]{1,8}", fullmatch=True
)


@pytest.mark.parametrize(
    ("groups", "standing"),
    [
        ((), Standing.NONE),
        (("trailguard-readers",), Standing.READER),
        (("trailguard-approvers",), Standing.APPROVER),
        (("trailguard-readers", "trailguard-approvers"), Standing.APPROVER),
        (("Trailguard-Approvers", "trailguard-approvers-eu", "approvers", ""), Standing.NONE),
    ],
)
def test_people_are_entitled_by_their_group(groups: tuple[str, ...], standing: Standing) -> None:
    """By exactly its name; the wider of two counts."""
    assert Entitlement().of_person(groups) is standing


def test_where_nobody_is_named_iam_decides() -> None:
    """As far as the caller came at all."""
    assert Entitlement().of_principal(SESSION) is Standing.APPROVER


@pytest.mark.parametrize(
    ("named", "arn", "is_let_in"),
    [
        (ALICE, ALICE, True),
        (ALICE, f"{ALICE}2", False),
        (ALICE, ALICE.replace(ACCOUNT, "444455556666"), False),
        (f"arn:aws:iam::{ACCOUNT}:user/*", ALICE, True),
        (ROLE, SESSION, True),
        (f"arn:aws:iam::{ACCOUNT}:role/soc-*", SESSION, True),
        (f"arn:aws:iam::{ACCOUNT}:role/soc-lead", SESSION.replace(ACCOUNT, "444455556666"), False),
        (f"arn:aws:iam::{ACCOUNT}:role/ops/other", SESSION, False),
        (SESSION, SESSION, True),
        (SESSION, SESSION.replace("alice", "mallory"), False),
    ],
)
def test_a_principal_is_let_in_by_name(named: str, arn: str, is_let_in: bool) -> None:
    """A user, a role with its path by any of its sessions, or one session and no other."""
    expected = Standing.APPROVER if is_let_in else Standing.NONE
    assert Entitlement(approver_principals=(named,)).of_principal(arn) is expected


@given(arn=ARNS, named=ARNS)
def test_as_soon_as_one_is_named_nobody_else_is_let_in(arn: str, named: str) -> None:
    """Whichever of the two lists names somebody."""
    as_approver = Entitlement(approver_principals=(named,)).of_principal(arn)
    as_reader = Entitlement(reader_principals=(named,)).of_principal(arn)
    assert (as_approver is Standing.APPROVER) == (as_reader is Standing.READER)
    assert as_reader is not Standing.APPROVER


@given(groups=st.lists(st.text()), arn=ARNS)
def test_who_may_decide_may_read(groups: list[str], arn: str) -> None:
    """And who may not read may do nothing."""
    for standing in (
        Entitlement().of_person(groups),
        Entitlement(reader_principals=(ALICE,)).of_principal(arn),
    ):
        assert standing.may(read_only=True) or not standing.may(read_only=False)
        assert standing.may(read_only=True) == (standing is not Standing.NONE)
