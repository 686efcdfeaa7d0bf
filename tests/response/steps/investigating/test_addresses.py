"""Addresses of the records: an interface of the account, AWS's ranges, a place; each may be missing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from response.aws.errors import AccessDeniedError, RetryableError
from response.aws.geography import Place
from response.domain.findings import AddressFacts, InterfaceFacts
from response.steps.investigating.addresses import AddressSources, addresses
from response.steps.investigating.case import Case
from tests.response.steps.fakes import REGION, World
from tests.response.steps.investigating.cases import case
from tests.response.steps.reader_fakes import FakeAddressRanges, FakeGeography, FakeNetwork
from tests.response.steps.scenes import record

OUTSIDE, INSIDE = "52.95.110.1", "10.0.0.4"
EC2 = {"service": "EC2", "region": "us-east-1", "prefix": "52.95.110.0/24"}


def _look(world: World, *records: dict[str, Any], minutes: int = 3) -> tuple[tuple[AddressFacts, ...], Case]:
    made = case(records, world=world)
    sources = AddressSources(
        FakeNetwork(world),
        FakeAddressRanges(world),
        FakeGeography(world),
        world.clock,
        world.clock.now() + timedelta(minutes=minutes),
    )
    return addresses(made, sources), made


def _from(address: str, event_id: str = "e-1", **fields: Any) -> dict[str, Any]:
    return record(event_id, sourceIPAddress=address, **fields)


def _why(made: Case) -> str:
    return "; ".join(made.gaps.to_findings().get("address", ()))


def test_each_address_is_looked_at_once() -> None:
    """An instance of the account, an address of the internet; a service's name is no address."""
    world = World()
    interface = InterfaceFacts("eni-1", REGION, instance_id="i-1")
    world.readable.interfaces[INSIDE] = interface
    world.readable.aws_ranges[OUTSIDE] = EC2
    world.readable.places = {OUTSIDE: Place("US", "AS16509 Amazon")}
    found, made = _look(
        world,
        _from(INSIDE),
        _from(OUTSIDE, "e-2"),
        _from(OUTSIDE, "e-3", awsRegion="us-east-1"),
        _from("cloudformation.amazonaws.com", "e-4"),
    )
    assert found == (
        AddressFacts(INSIDE, interface, (REGION,), {}, "", ""),
        AddressFacts(OUTSIDE, None, (REGION, "us-east-1"), EC2, "US", "AS16509 Amazon"),
    )
    assert _why(made) == ""


def test_without_databases_country_and_network_are_not_known() -> None:
    """None is not the same as nothing found."""
    found, _ = _look(World(), _from(OUTSIDE))
    assert (found[0].country, found[0].network, found[0].aws_range) == (None, None, {})


def test_each_source_fails_by_itself() -> None:
    """Denied calls and a file that cannot be had are named; the rest is told."""
    world = World()
    world.readable.places = {OUTSIDE: Place("US")}
    world.fail["interfaces"] = AccessDeniedError("ec2:DescribeNetworkInterfaces", "UnauthorizedOperation", "")
    world.fail["ranges"] = RetryableError("address ranges", "URLError", "no route")
    found, made = _look(world, _from(OUTSIDE))
    assert found == (AddressFacts(OUTSIDE, None, (), None, "US", ""),)
    assert "52.95.110.1 in eu-west-1: ec2:DescribeNetworkInterfaces" in _why(made)
    assert "AWS's address ranges: address ranges: URLError" in _why(made)


def test_an_instance_that_cannot_be_read_leaves_its_interface() -> None:
    """That the address is ours is worth knowing without the rest."""
    world = World()
    world.readable.interfaces[INSIDE] = InterfaceFacts("eni-1", REGION, instance_id="i-1")
    world.fail["instance"] = AccessDeniedError("ec2:DescribeInstances", "UnauthorizedOperation", "")
    found, made = _look(world, _from(INSIDE))
    assert found[0].interface is not None
    assert "instance of eni-1: ec2:DescribeInstances" in _why(made)


def test_without_time_no_region_is_asked() -> None:
    """The regions that were are told with the address."""
    found, made = _look(World(), _from(OUTSIDE), minutes=0)
    assert found[0].searched == ()
    assert "the time was used up" in _why(made)


def test_very_many_addresses_are_cut_and_named() -> None:
    """Each costs a call in each region."""
    found, made = _look(World(), *(_from(f"52.95.110.{n}", f"e-{n}") for n in range(1, 15)))
    assert len(found) == 10
    assert "only 10 of 14 addresses" in _why(made)
