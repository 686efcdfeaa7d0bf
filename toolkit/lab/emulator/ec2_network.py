"""Gap: instances of ministack 1.5.33 have no network interfaces, and filters on addresses match everything.

Here each instance has its primary interface, with the public address as its association, and interfaces and
instances are found by the addresses they have (EC2 API reference, DescribeNetworkInterfaces).
"""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from toolkit.lab.emulator.internals import ministack

Record = Mapping[str, Any]

_GONE: Final = ("terminated", "shutting-down")


def _public(eni: Record) -> Sequence[str]:
    """The public address of an interface: the instance's own, or an Elastic IP address."""
    if eni.get("PublicIpAddress"):
        return (eni["PublicIpAddress"],)
    key = eni["NetworkInterfaceId"]
    associated = ministack("services.ec2")._addresses.values()
    return [each["PublicIp"] for each in associated if each.get("NetworkInterfaceId") == key]


_INTERFACE_FILTERS: Mapping[str, Callable[[Record], Sequence[str]]] = {
    "association.public-ip": _public,
    "addresses.association.public-ip": _public,
    "private-ip-address": lambda eni: (eni["PrivateIpAddress"],),
    "addresses.private-ip-address": lambda eni: (eni["PrivateIpAddress"],),
    "ipv6-addresses.ipv6-address": lambda eni: eni.get("Ipv6Addresses", ()),
    "network-interface-id": lambda eni: (eni["NetworkInterfaceId"],),
    "attachment.instance-id": lambda eni: ((eni.get("Attachment") or {}).get("InstanceId", ""),),
    "description": lambda eni: (eni.get("Description", ""),),
    "interface-type": lambda eni: (eni.get("InterfaceType", "interface"),),
    "requester-managed": lambda _eni: ("false",),
    "status": lambda eni: (eni["Status"],),
    "subnet-id": lambda eni: (eni["SubnetId"],),
    "vpc-id": lambda eni: (eni["VpcId"],),
}
_INSTANCE_FILTERS: Mapping[str, Callable[[Record], Sequence[str]]] = {
    "instance-id": lambda instance: (instance["InstanceId"],),
    "private-ip-address": lambda instance: (instance["PrivateIpAddress"],),
    "network-interface.addresses.private-ip-address": lambda instance: (instance["PrivateIpAddress"],),
    "ip-address": lambda instance: (instance["PublicIpAddress"],),
    "network-interface.addresses.association.public-ip": lambda instance: (instance["PublicIpAddress"],),
    "iam-instance-profile.arn": lambda instance: ((instance.get("IamInstanceProfile") or {}).get("Arn", ""),),
    "vpc-id": lambda instance: (instance["VpcId"],),
}


@functools.cache
def install() -> None:
    """Give instances their interfaces, and look for addresses."""
    service = ministack("services.ec2")
    service._ACTION_MAP["DescribeNetworkInterfaces"] = _describe
    service._ACTION_MAP["CreateNetworkInterface"] = _with_addresses(service)
    service._ACTION_MAP["AllocateAddress"] = _with_chosen_address(service)
    service._ACTION_MAP["AssociateAddress"] = _reaching_the_instance(service)
    element, matches = service._eni_fields_xml, service._matches_filters

    def eni_fields(eni: Record, tag: str = "item") -> str:
        written = str(element(eni, tag))
        return written.replace("<groupSet>", f"{_addresses(eni)}<groupSet>", 1)

    def matches_filters(instance: Record, filters: Mapping[str, Sequence[str]]) -> bool:
        known = {name: values for name, values in filters.items() if name in _INSTANCE_FILTERS}
        return bool(matches(instance, filters)) and _fits(instance, known, _INSTANCE_FILTERS)

    service._eni_fields_xml, service._matches_filters = eni_fields, matches_filters


def _describe(params: Any) -> Any:
    service = ministack("services.ec2")
    ids, filters = service._parse_member_list(params, "NetworkInterfaceId"), service._parse_filters(params)
    tags = {name: values for name, values in filters.items() if name.startswith("tag")}
    wanted = {name: values for name, values in filters.items() if name not in tags}
    if unknown := sorted(set(wanted) - set(_INTERFACE_FILTERS)):
        return service._error("InvalidParameterValue", f"The filter '{unknown[0]}' is invalid", 400)
    interfaces = {eni["NetworkInterfaceId"]: eni for eni in _interfaces(service)}
    if absent := [each for each in ids if each not in interfaces]:
        message = f"The networkInterface ID '{absent[0]}' does not exist"
        return service._error("InvalidNetworkInterfaceID.NotFound", message, 400)
    found = "".join(
        service._eni_fields_xml(eni)
        for key, eni in interfaces.items()
        if (not ids or key in ids)
        and _fits(eni, wanted, _INTERFACE_FILTERS)
        and service._resource_matches_tag_filters(key, tags)
    )
    answer = f"<networkInterfaceSet>{found}</networkInterfaceSet>"
    return service._xml(200, "DescribeNetworkInterfacesResponse", answer)


def _interfaces(service: Any) -> Iterator[Record]:
    """The interfaces that were created, and the primary one of each instance that is still there."""
    yield from service._network_interfaces.values()
    for instance in service._instances.values():
        if instance["State"]["Name"] in _GONE:
            continue
        number = instance["InstanceId"].removeprefix("i-")
        yield {
            "NetworkInterfaceId": f"eni-{number}",
            "SubnetId": instance["SubnetId"],
            "VpcId": instance["VpcId"],
            "AvailabilityZone": instance["Placement"]["AvailabilityZone"],
            "Description": "",
            "OwnerId": ministack("core.responses").get_account_id(),
            "Status": "in-use",
            "PrivateIpAddress": instance["PrivateIpAddress"],
            "PublicIpAddress": instance["PublicIpAddress"],
            "MacAddress": "02:" + ":".join(number[index : index + 2] for index in range(0, 10, 2)),
            "Groups": instance["SecurityGroups"],
            "Attachment": {
                "AttachmentId": f"eni-attach-{number}",
                "InstanceId": instance["InstanceId"],
                "DeviceIndex": 0,
                "Status": "attached",
                "AttachTime": instance["LaunchTime"],
            },
        }


def _addresses(eni: Record) -> str:
    """The elements of an interface that ministack leaves out."""
    listed = "".join(
        f"<item><ipv6Address>{each}</ipv6Address></item>" for each in eni.get("Ipv6Addresses", ())
    )
    public = "".join(
        f"<association><publicIp>{each}</publicIp><ipOwnerId>amazon</ipOwnerId></association>"
        for each in _public(eni)
    )
    return f"{public}<ipv6AddressesSet>{listed}</ipv6AddressesSet>"


def _fits(record: Record, filters: Mapping[str, Sequence[str]], known: Mapping[str, Any]) -> bool:
    glob = ministack("services.ec2")._glob_match
    return all(
        any(glob(wanted, value) for wanted in values for value in known[name](record) if value)
        for name, values in filters.items()
    )


def _with_addresses(service: Any) -> Any:
    create = service._ACTION_MAP["CreateNetworkInterface"]

    def answer(params: Any) -> Any:
        before = set(service._network_interfaces)
        answered = create(params)
        made = [key for key in service._network_interfaces if key not in before]
        if not made:
            return answered
        eni = service._network_interfaces[made[0]]
        eni["PrivateIpAddress"] = service._p(params, "PrivateIpAddress") or eni["PrivateIpAddress"]
        numbers = range(1, len(params) + 1)
        asked = (service._p(params, f"Ipv6Addresses.{number}.Ipv6Address") for number in numbers)
        eni["Ipv6Addresses"] = [address for address in asked if address]
        service._parse_tag_specs(params, "network-interface", made[0])
        written = service._eni_fields_xml(eni, tag="networkInterface")
        return service._xml(200, "CreateNetworkInterfaceResponse", written)

    return answer


def _with_chosen_address(service: Any) -> Any:
    """Let `Address` choose the address, as from a range that the account brought along."""
    allocate = service._ACTION_MAP["AllocateAddress"]

    def answer(params: Any) -> Any:
        status, headers, body = allocate(params)
        if not (wanted := service._p(params, "Address")):
            return status, headers, body
        made = next(each for each in service._addresses.values() if each["AllocationId"].encode() in body)
        body = body.replace(made["PublicIp"].encode(), wanted.encode())
        made["PublicIp"] = wanted
        return status, headers, body

    return answer


def _reaching_the_instance(service: Any) -> Any:
    associate = service._ACTION_MAP["AssociateAddress"]

    def answer(params: Any) -> Any:
        answered = associate(params)
        address = service._addresses.get(service._p(params, "AllocationId"))
        if address is not None:
            address["NetworkInterfaceId"] = service._p(params, "NetworkInterfaceId") or None
            instance = service._instances.get(service._p(params, "InstanceId"))
            if instance is not None:
                instance["PublicIpAddress"] = address["PublicIp"]
        return answered

    return answer
