"""Who has to be told: owners by the trail's tags and the policy, and the account's contact for security."""

from __future__ import annotations

from collections.abc import Mapping

from response.domain.dossier.section import NOT_KNOWN, Section, names, reasons, sentence
from response.domain.findings import Contact, Findings, Part
from response.domain.policy import Policy
from response.domain.text import plain

# Tag keys under which teams name who answers for a resource, compared without case, spaces, - and _.
OWNER_TAGS = frozenset(
    {
        "owner",
        "owners",
        "ownerteam",
        "owneremail",
        "team",
        "teamname",
        "squad",
        "contact",
        "contactemail",
        "email",
        "maintainer",
        "technicalowner",
        "serviceowner",
        "businessowner",
        "responsible",
        "oncall",
        "slack",
        "slackchannel",
    }
)


def who_to_tell(
    findings: Findings, *, policy: Policy, trail_tags: Mapping[str, str], trail_arn: str
) -> Section:
    """Everybody who is named as having to know. Tags are told as found: the actor may have written them."""
    tags = {key: value for key, value in sorted(trail_tags.items()) if is_owner_tag(key) and value}
    owner = policy.owners.of(trail_arn)
    told = [f"{plain(key, 40)}={plain(value, 120)}" for key, value in tags.items()]
    finding = sentence(
        f"by the trail's tags {names(told, 170)}" if told else "",
        f"by the policy {plain(owner, 120)}" if owner else "",
        f"security contact of the account: {_contact(findings.contact)}" if findings.contact else "",
    )
    evidence = {
        "trail_tags": {plain(key): plain(value) for key, value in list(tags.items())[:50]},
        "policy_owner": plain(owner),
        "security_contact": None if findings.contact is None else _contact_entry(findings.contact),
    }
    nobody = "neither tags nor policy nor the account name anybody" if finding == NOT_KNOWN else ""
    return Section(finding, evidence, reasons(nobody, findings.why_missing(Part.CONTACT)))


def is_owner_tag(key: str) -> bool:
    """Whether a tag with this key names who answers for the resource."""
    return key.casefold().translate(str.maketrans("", "", " -_")) in OWNER_TAGS


def _contact(contact: Contact) -> str:
    parts = (contact.name, contact.title, contact.email, contact.phone)
    return ", ".join(plain(part, 80) for part in parts if part) or "named, but empty"


def _contact_entry(contact: Contact) -> dict[str, str]:
    return {
        "name": plain(contact.name),
        "title": plain(contact.title),
        "email": plain(contact.email),
        "phone": plain(contact.phone),
    }
