"""Network interfaces by address: each kind of address by its filter, the instance behind, errors as ours."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from response.aws.errors import AccessDeniedError, RefusedCallError
from response.aws.network import Network
from response.domain.findings import InterfaceFacts
from tests.response.aws.fakes import stubbed

REGION = "eu-west-1"


def _network(client: Any) -> Network:
    return Network(lambda _region: client)


@pytest.mark.usefixtures("aws")
def test_a_private_address_leads_to_the_instance_with_its_tags() -> None:
    """The interface is found by its address; the instance's tags go before the interface's."""
    ec2 = boto3.client("ec2", region_name=REGION)
    image = ec2.describe_images()["Images"][0]["ImageId"]
    tags: Any = [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": "payments"}]}]
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, TagSpecifications=tags)["Instances"][0]
    own = made["NetworkInterfaces"][0]["NetworkInterfaceId"]
    ec2.create_tags(Resources=[own], Tags=[{"Key": "team", "Value": "?"}, {"Key": "zone", "Value": "a"}])
    network = _network(ec2)
    (found,) = network.interfaces(made["PrivateIpAddress"], REGION)
    assert (found.id, found.region, found.type) == (own, REGION, "interface")
    assert (found.instance_id, found.vpc_id) == (made["InstanceId"], made["VpcId"])
    assert found.tags == {"team": "?", "zone": "a"}
    assert network.with_instance(found).tags == {"team": "payments", "zone": "a"}
    assert network.interfaces("10.255.255.254", REGION) == ()


def test_the_instance_profile_is_told() -> None:
    """Whoever is on the instance has the profile's role."""
    client: Any = boto3.client("ec2", region_name=REGION)
    profile = "arn:aws:iam::123456789012:instance-profile/web"
    answer = {
        "Reservations": [{"Instances": [{"InstanceId": "i-1", "IamInstanceProfile": {"Arn": profile}}]}]
    }
    with stubbed(client) as stub:
        stub.add_response("describe_instances", answer, {"InstanceIds": ["i-1"]})
        found = _network(client).with_instance(InterfaceFacts("eni-1", REGION, instance_id="i-1"))
    assert found.instance_profile_arn == profile


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("52.1.2.3", "addresses.association.public-ip"),
        ("203.0.113.25", "addresses.association.public-ip"),
        ("10.0.0.4", "addresses.private-ip-address"),
        ("2600:1f18::4", "ipv6-addresses.ipv6-address"),
    ],
)
def test_each_kind_of_address_has_its_filter(address: str, name: str) -> None:
    """A NAT gateway has an interface, its address and no instance: that is all there is to look at."""
    client: Any = boto3.client("ec2", region_name=REGION)
    interface = {"NetworkInterfaceId": "eni-1", "InterfaceType": "nat_gateway", "Description": "NAT"}
    with stubbed(client) as stub:
        asked = {"Filters": [{"Name": name, "Values": [address]}]}
        stub.add_response("describe_network_interfaces", {"NetworkInterfaces": [interface]}, asked)
        (found,) = _network(client).interfaces(address, REGION)
        assert _network(client).with_instance(found) == found
    assert found == InterfaceFacts("eni-1", REGION, type="nat_gateway", description="NAT")


def test_an_instance_that_is_gone_leaves_the_interface() -> None:
    """The answer may be empty."""
    client: Any = boto3.client("ec2", region_name=REGION)
    interface = InterfaceFacts("eni-1", REGION, instance_id="i-1")
    with stubbed(client) as stub:
        stub.add_response("describe_instances", {"Reservations": []})
        assert _network(client).with_instance(interface) == interface


def test_what_is_no_address_is_refused() -> None:
    """A service's name as source address is not sent to EC2."""
    client: Any = boto3.client("ec2", region_name=REGION)
    with stubbed(client), pytest.raises(RefusedCallError, match="expected an IP address"):
        _network(client).interfaces("cloudformation.amazonaws.com", REGION)


def test_a_denied_call_is_our_error() -> None:
    """EC2 spells it in its own way."""
    client: Any = boto3.client("ec2", region_name=REGION)
    with stubbed(client) as stub:
        stub.add_client_error("describe_network_interfaces", "UnauthorizedOperation")
        with pytest.raises(AccessDeniedError, match="ec2:DescribeNetworkInterfaces"):
            _network(client).interfaces("10.0.0.4", REGION)
