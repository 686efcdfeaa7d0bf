"""EC2: which network interface of the account has an address, and the instance that it is attached to."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from response.aws.errors import RefusedCallError, translated
from response.domain.dossier.addresses import is_private
from response.domain.findings import InterfaceFacts


class Network:
    """The network interfaces of one account, region by region."""

    def __init__(self, client_for: Callable[[str], Any]) -> None:
        self._client_for = client_for

    def interfaces(self, address: str, region: str) -> tuple[InterfaceFacts, ...]:
        """The interfaces of that region that have the address, as their own or as the public one given them.

        A private address may be in use once in every VPC.
        """
        client = self._client_for(region)
        asked = {"Name": _filter_name(address), "Values": [address]}
        with translated("ec2:DescribeNetworkInterfaces"):
            answer: Mapping[str, Any] = client.describe_network_interfaces(Filters=[asked])
        return tuple(_facts(found, region) for found in answer.get("NetworkInterfaces", ()))

    def with_instance(self, interface: InterfaceFacts) -> InterfaceFacts:
        """The same with the instance profile and the tags of its instance, which go before its own tags."""
        if not interface.instance_id:
            return interface
        client = self._client_for(interface.region)
        with translated("ec2:DescribeInstances"):
            answer: Mapping[str, Any] = client.describe_instances(InstanceIds=[interface.instance_id])
        instances = [each for group in answer.get("Reservations", ()) for each in group.get("Instances", ())]
        if not instances:
            return interface
        profile = instances[0].get("IamInstanceProfile") or {}
        return replace(
            interface,
            instance_profile_arn=str(profile.get("Arn", "")),
            tags={**interface.tags, **_tags(instances[0].get("Tags"))},
        )


def _filter_name(address: str) -> str:
    """The filter that finds an address of its kind (EC2 API reference, DescribeNetworkInterfaces)."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        raise RefusedCallError(
            "ec2:DescribeNetworkInterfaces", "NotAnAddress", f"{address!r:.80}: expected an IP address"
        ) from None
    if parsed.version == 6:  # noqa: PLR2004 - the protocol's own number
        return "ipv6-addresses.ipv6-address"
    return "addresses.private-ip-address" if is_private(parsed) else "addresses.association.public-ip"


def _facts(found: Mapping[str, Any], region: str) -> InterfaceFacts:
    return InterfaceFacts(
        id=str(found.get("NetworkInterfaceId", "")),
        region=region,
        type=str(found.get("InterfaceType", "")),
        description=str(found.get("Description", "")),
        vpc_id=str(found.get("VpcId", "")),
        instance_id=str((found.get("Attachment") or {}).get("InstanceId", "")),
        tags=_tags(found.get("TagSet")),
    )


def _tags(tags: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    return {str(tag["Key"]): str(tag.get("Value", "")) for tag in tags or ()}
