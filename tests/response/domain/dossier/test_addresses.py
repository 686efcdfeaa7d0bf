"""Sources are told apart as CloudTrail writes them."""

from __future__ import annotations

import pytest

from response.domain.dossier.addresses import AddressClass, address_class
from tests.response.domain.found import by
from tests.response.domain.people import user


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("8.8.8.8", AddressClass.PUBLIC),
        ("203.0.113.7", AddressClass.PUBLIC),
        ("2001:4860:4860::8888", AddressClass.PUBLIC),
        ("10.1.2.3", AddressClass.PRIVATE),
        ("172.31.0.9", AddressClass.PRIVATE),
        ("172.32.0.9", AddressClass.PUBLIC),
        ("100.64.0.1", AddressClass.PRIVATE),
        ("fd00::1", AddressClass.PRIVATE),
        ("cloudformation.amazonaws.com", AddressClass.AWS_SERVICE),
        ("s3.cn-north-1.amazonaws.com.cn", AddressClass.AWS_SERVICE),
        ("AWS Internal", AddressClass.AWS_INTERNAL),
        ("AWS Internal/4", AddressClass.AWS_INTERNAL),
        ("evil.example", AddressClass.UNKNOWN),
        ("evil.example/amazonaws.com", AddressClass.UNKNOWN),
        ("", AddressClass.UNKNOWN),
    ],
)
def test_by_source(source: str, expected: AddressClass) -> None:
    """The class that the source address gives."""
    assert address_class(by(user(), sourceIPAddress=source)) is expected


def test_an_endpoint_of_a_vpc_is_told_by_its_id() -> None:
    """The address is then one of the VPC's."""
    record = by(user(), sourceIPAddress="10.0.0.9", vpcEndpointId="vpce-0123456789abcdef0")
    assert address_class(record) is AddressClass.VPC_ENDPOINT
