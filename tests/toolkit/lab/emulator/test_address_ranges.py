"""The lab serves AWS's list of address ranges, with documentation addresses in it."""

import contextlib
import http.client
import ipaddress
import json

from toolkit.lab.emulator import address_ranges
from toolkit.lab.emulator.server import Lab


def test_the_document_is_served_and_has_the_published_format(lab: Lab) -> None:
    """Each prefix is a network with its Region and its service; EC2 in us-east-1 is among them."""
    connection = http.client.HTTPConnection("127.0.0.1", lab.port, timeout=5)
    with contextlib.closing(connection):
        connection.request("GET", address_ranges.PATH)
        answer = connection.getresponse()
        assert answer.headers["content-type"] == "application/json"
        document = json.load(answer)
    assert document["syncToken"].isdigit()
    for key, entries in (("ip_prefix", "prefixes"), ("ipv6_prefix", "ipv6_prefixes")):
        for entry in document[entries]:
            assert set(entry) == {key, "region", "service", "network_border_group"}
            ipaddress.ip_network(entry[key])
    found = [(each["ip_prefix"], each["region"], each["service"]) for each in document["prefixes"]]
    assert ("203.0.113.0/24", "us-east-1", "EC2") in found


def test_a_bucket_of_that_name_is_still_a_bucket(lab: Lab) -> None:
    """Only that one path is taken: S3 answers for its neighbours."""
    lab.client("s3").create_bucket(Bucket="ip-ranges")
    lab.client("s3").put_object(Bucket="ip-ranges", Key="ip-ranges.json", Body=b"mine")
    body = lab.client("s3").get_object(Bucket="ip-ranges", Key="ip-ranges.json")["Body"]
    assert body.read() == b"mine"
