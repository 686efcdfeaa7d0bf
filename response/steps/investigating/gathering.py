"""The whole of an investigation: who, from where, what else, put together from the parts.

What comes from the event history is searched one after the other, in the order in which containment needs it;
what comes from elsewhere is asked meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from response.aws.store import IncidentStore
from response.aws.stored_incident import StoredIncident
from response.domain.findings import AddressFacts, CalendarState, Chain, Contact, Created, Findings, Part
from response.domain.findings import PrincipalFacts as Facts
from response.domain.policy import Policy
from response.domain.record import Record
from response.settings import Settings
from response.steps.investigating.addresses import AddressSources, addresses
from response.steps.investigating.case import Case
from response.steps.investigating.chain import chains
from response.steps.investigating.conduct import (
    behind,
    conduct,
    created,
    earlier,
    familiar_addresses,
    familiar_agents,
    histories,
)
from response.steps.investigating.discovered import discovered
from response.steps.investigating.fitting import fitted
from response.steps.investigating.principals import principals
from response.steps.investigating.searches import Searches
from response.steps.investigating.sessions import sessions
from response.steps.investigating.surroundings import calendars, contact
from response.steps.ports import AddressRanges, Clock, Geography, Members

_T = TypeVar("_T")
# The function runs for five minutes, and what is under way then takes one or two more: somebody who floods
# LookupEvents must not keep the trail from being put back.
_TIME = timedelta(minutes=3)


@dataclass(frozen=True)
class Sources:
    """Whatever an investigation asks, and the session in which it reads."""

    store: IncidentStore
    members: Members
    address_ranges: AddressRanges
    geography: Geography
    policy: Policy
    settings: Settings
    clock: Clock
    session: str


@dataclass(frozen=True)
class _Around:
    """What does not come from the event history."""

    addresses: tuple[AddressFacts, ...]
    calendars: tuple[CalendarState, ...]
    contact: Contact | None


def gather(incident: StoredIncident, records: tuple[Record, ...], sources: Sources) -> Findings:
    """Everything that can be known of an incident now."""
    now = sources.clock.now()
    deadline = now + _TIME
    history = sources.members.history(incident.account, sources.session)
    case = Case(incident, records, Searches(history, sources.clock, deadline=deadline), now)
    found_later: tuple[Record, ...] = ()
    if not records:
        found_later = discovered(case, sources.store, sources.settings)
        case = replace(case, records=found_later)
    with ThreadPoolExecutor(max_workers=1) as pool:
        around = pool.submit(_around, case, sources, deadline)
        findings = _from_history(case)
    surroundings = around.result()
    known = _principals(case, findings.chains, findings.created, sources=sources, deadline=deadline)
    whole = replace(
        findings,
        principals=known,
        addresses=surroundings.addresses,
        calendars=surroundings.calendars,
        contact=surroundings.contact,
        discovered=tuple(record.raw for record in found_later),
    )
    return fitted(replace(whole, missing=case.gaps.to_findings()))


def _from_history(case: Case) -> Findings:
    followed = chains(case)
    others = sessions(case, followed)
    known = histories(case)
    everybody = (*known, *behind(case, followed))
    return Findings(
        chains=followed,
        sessions=others,
        earlier=earlier(case),
        familiar_addresses=familiar_addresses(case, known),
        familiar_agents=familiar_agents(case, known),
        conduct=conduct(case, everybody),
        created=created(case, everybody),
    )


def _around(case: Case, sources: Sources, deadline: datetime) -> _Around:
    account, session = case.incident.account, sources.session
    network = sources.members.network(account, session)
    asked = AddressSources(network, sources.address_ranges, sources.geography, sources.clock, deadline)
    return _Around(
        addresses=addresses(case, asked),
        calendars=calendars(case, sources.policy, sources.members.calendars(account, session)),
        contact=_asked(case, Part.CONTACT, lambda: contact(case, sources.members.contacts(account, session))),
    )


def _principals(
    case: Case,
    followed: tuple[Chain, ...],
    made: tuple[Created, ...],
    *,
    sources: Sources,
    deadline: datetime,
) -> dict[str, Facts]:
    def ask() -> dict[str, Facts]:
        iam = sources.members.principals(case.incident.account, sources.session)
        return principals(case, followed, made, iam=iam, clock=sources.clock, deadline=deadline)

    return _asked(case, Part.PRINCIPAL, ask) or {}


def _asked(case: Case, part: Part, ask: Callable[[], _T | None]) -> _T | None:
    """An adapter that takes its client at once may not get one: then that part is not known."""
    with case.gaps.noted(part, "reader role"):
        return ask()
    return None
