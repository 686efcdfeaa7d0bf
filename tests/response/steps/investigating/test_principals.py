"""Whom IAM is asked about: actors, those behind them, those they made; not those of other accounts."""

from __future__ import annotations

from datetime import timedelta

from response.aws.errors import AccessDeniedError
from response.domain.findings import Chain, ChainLink, Created, CreatedKind, PrincipalFacts
from response.steps.investigating.case import Case
from response.steps.investigating.principals import principals
from tests.response.aws.fakes import START
from tests.response.steps.fakes import ACCOUNT, World
from tests.response.steps.investigating.cases import MALLORY, ROLE, case, session, user
from tests.response.steps.scenes import record

ARN = str(MALLORY["arn"])


def _ask(
    made: Case, world: World, *, chain: Chain | None = None, made_: tuple[Created, ...] = (), minutes: int = 3
) -> dict[str, PrincipalFacts]:
    return principals(
        made,
        (chain,) if chain else (),
        made_,
        iam=world.principals(ACCOUNT, "tg-test"),
        clock=world.clock,
        deadline=world.clock.now() + timedelta(minutes=minutes),
    )


def _made(kind: CreatedKind, name: str) -> Created:
    return Created(kind, name, "", f"c-{name}", START)


def test_everybody_involved_is_asked_about_once() -> None:
    """The role of a session, the user at the chain's origin, and what was made, by ARN."""
    world = World()
    identity = session("s-1", "ASIA1")
    link = ChainLink("a-1", "AssumeRole", START, "x", user("alice", "AKIAALICE"))
    made = case([record(userIdentity=identity), record("e-2", userIdentity=identity)], world=world)
    new = (_made(CreatedKind.ACCESS_KEY, "backdoor"), _made(CreatedKind.ROLE, "door"))
    found = _ask(made, world, chain=Chain("e-1", (link,), whole=True), made_=new)
    prefix = f"arn:aws:iam::{ACCOUNT}"
    assert list(found) == [ROLE, f"{prefix}:user/alice", f"{prefix}:user/backdoor", f"{prefix}:role/door"]


def test_others_cannot_be_asked_about() -> None:
    """Root, services and principals of other accounts are left alone."""
    world = World()
    foreign = {**user("eve", "AKIAEVE"), "arn": "arn:aws:iam::222222222222:user/eve"}
    root = {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT}
    service = {"type": "AWSService", "invokedBy": "cloudformation.amazonaws.com"}
    records = [record(f"e-{n}", userIdentity=one) for n, one in enumerate((foreign, root, service))]
    assert _ask(case(records, world=world), world) == {}


def test_what_could_not_be_read_is_said() -> None:
    """A part of the facts, or all of them."""
    world = World()
    world.unread[("user", "mallory")] = ("iam:GetLoginProfile: AccessDenied",)
    made = case([record()], world=world)
    assert ARN in _ask(made, world)
    assert made.gaps.to_findings()["principal"] == ("user mallory: iam:GetLoginProfile: AccessDenied",)
    world.fail["principals"] = AccessDeniedError("sts:AssumeRole", "AccessDenied", "no")
    assert _ask(made, world) == {}
    assert "sts:AssumeRole" in made.gaps.to_findings()["principal"][1]


def test_many_that_were_made_are_cut_and_the_actor_stays() -> None:
    """Twelve are looked at, the actor first."""
    world = World()
    made = case([record()], world=world)
    found = _ask(made, world, made_=tuple(_made(CreatedKind.USER, f"u-{n}") for n in range(30)))
    assert len(found) == 12
    assert next(iter(found)) == ARN
    assert "only 12 of 31" in made.gaps.to_findings()["principal"][0]


def test_without_time_nobody_is_asked_about() -> None:
    """And each is named."""
    world = World()
    made = case([record()], world=world)
    assert _ask(made, world, minutes=0) == {}
    assert "the time was used up" in made.gaps.to_findings()["principal"][0]
