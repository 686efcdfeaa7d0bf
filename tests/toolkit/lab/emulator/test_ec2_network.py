"""Interfaces and instances are found by the addresses that they have."""

import pytest

from tests.toolkit.lab.emulator.helpers import code_of, make_user
from toolkit.lab.emulator.server import Lab


def _launch(lab: Lab, name: str, private: str) -> tuple[str, str]:
    """Launch an instance with a profile and a tag; return its id and its public address."""
    lab.client("iam").create_instance_profile(InstanceProfileName=name)
    launched = lab.client("ec2").run_instances(
        ImageId="ami-12345678",
        MinCount=1,
        MaxCount=1,
        PrivateIpAddress=private,
        IamInstanceProfile={"Name": name},
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "owner", "Value": "build"}]}],
    )["Instances"][0]
    return launched["InstanceId"], launched["PublicIpAddress"]


def _found(lab: Lab, name: str, value: str) -> list[str]:
    answer = lab.client("ec2").describe_network_interfaces(Filters=[{"Name": name, "Values": [value]}])
    return [(each.get("Attachment") or {}).get("InstanceId", "") for each in answer["NetworkInterfaces"]]


def test_an_instance_is_found_by_its_addresses(lab: Lab, unused: str) -> None:
    """Its primary interface has them, and leads to its profile and its tags; once terminated it is gone."""
    instance, public = _launch(lab, unused, "10.0.77.1")
    for name in ("association.public-ip", "addresses.association.public-ip"):
        assert _found(lab, name, public) == [instance]
        assert _found(lab, name, "192.0.2.1") == []
    for name in ("private-ip-address", "addresses.private-ip-address"):
        assert _found(lab, name, "10.0.77.1") == [instance]
    ec2 = lab.client("ec2")
    for name, value in (("ip-address", public), ("private-ip-address", "10.0.77.1")):
        answer = ec2.describe_instances(Filters=[{"Name": name, "Values": [value]}])
        (described,) = [each for group in answer["Reservations"] for each in group["Instances"]]
        assert described["IamInstanceProfile"]["Arn"].endswith(f":instance-profile/{unused}")
        assert described["Tags"] == [{"Key": "owner", "Value": "build"}]
    ec2.terminate_instances(InstanceIds=[instance])
    assert _found(lab, "private-ip-address", "10.0.77.1") == []


def test_an_elastic_address_of_choice(lab: Lab, unused: str) -> None:
    """An address that was brought along becomes the instance's public one."""
    instance, _public = _launch(lab, unused, "10.0.77.2")
    ec2 = lab.client("ec2")
    allocated = ec2.allocate_address(Domain="vpc", Address="203.0.113.77")
    assert allocated["PublicIp"] == "203.0.113.77"
    ec2.associate_address(AllocationId=allocated["AllocationId"], InstanceId=instance)
    assert _found(lab, "association.public-ip", "203.0.113.77") == [instance]


def test_an_interface_of_its_own(lab: Lab) -> None:
    """An interface has the addresses and tags that it was created with."""
    ec2 = lab.client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    made = ec2.create_network_interface(
        SubnetId=subnet,
        Description="load balancer",
        PrivateIpAddress="10.0.77.3",
        Ipv6Addresses=[{"Ipv6Address": "2001:db8:1::7"}],
        TagSpecifications=[
            {"ResourceType": "network-interface", "Tags": [{"Key": "team", "Value": "network"}]}
        ],
    )["NetworkInterface"]
    assert made["PrivateIpAddress"] == "10.0.77.3"
    for name, value in (
        ("ipv6-addresses.ipv6-address", "2001:db8:1::7"),
        ("addresses.private-ip-address", "10.0.77.3"),
        ("description", "load*"),
        ("tag:team", "network"),
    ):
        answer = ec2.describe_network_interfaces(Filters=[{"Name": name, "Values": [value]}])
        assert [each["NetworkInterfaceId"] for each in answer["NetworkInterfaces"]] == [
            made["NetworkInterfaceId"]
        ], name


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"Filters": [{"Name": "colour", "Values": ["red"]}]}, "InvalidParameterValue"),
        ({"NetworkInterfaceIds": ["eni-00000000000000000"]}, "InvalidNetworkInterfaceID.NotFound"),
    ],
)
def test_refusals(lab: Lab, request_: dict[str, list[str]], code: str) -> None:
    """A filter that does not exist, and an interface that does not."""
    assert code_of(lambda: lab.client("ec2").describe_network_interfaces(**request_)) == code


def test_permissions(lab: Lab, unused: str) -> None:
    """Both calls need their own action."""
    reader = make_user(lab, unused, ["ec2:DescribeNetworkInterfaces"])
    ec2 = lab.client("ec2", **reader)
    assert code_of(ec2.describe_network_interfaces) == ""
    assert code_of(ec2.describe_instances) == "UnauthorizedOperation"
