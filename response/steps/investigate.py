"""Step `investigate`: who did it, from where, with what, what else that actor did, and whom to tell.

The findings are kept as data, for the assessment to weigh, and told as a dossier, section by section. A part
that fails is noted and the workflow goes on: knowing less must not keep the trail from being put back.
"""

from __future__ import annotations

from collections.abc import Mapping

from response.aws.incidents import DOSSIER, FINDINGS
from response.aws.store import IncidentStore
from response.domain.dossier import investigated_sections
from response.domain.incident import TimelineEntry
from response.domain.policy import Policy
from response.settings import Settings
from response.steps.investigating.gathering import Sources, gather
from response.steps.passing import Passing
from response.steps.ports import AddressRanges, Clock, Geography, Members
from response.steps.preserve import found_in
from response.steps.records import changes_in
from response.workflow.contract import StepEvent, StepResult


def run(
    event: StepEvent,
    *,
    store: IncidentStore,
    members: Members,
    address_ranges: AddressRanges,
    geography: Geography,
    policy: Policy,
    settings: Settings,
    clock: Clock,
) -> StepResult:
    """Gather the findings of this round and tell them."""
    passing = Passing.of(event)
    incident = store.incidents.get(passing.incident_id)
    records = changes_in(store, incident.id)
    sources = Sources(
        store=store,
        members=members,
        address_ranges=address_ranges,
        geography=geography,
        policy=policy,
        settings=settings,
        clock=clock,
        session=passing.session("investigate"),
    )
    findings = gather(incident, records, sources)
    store.incidents.put_document(incident.id, FINDINGS, passing.round, findings.to_json())
    sections = investigated_sections(
        records,
        findings,
        now=clock.now(),
        policy=policy,
        trail_tags=_trail_tags(store, incident.id, passing.round),
        trail_arn=incident.trail_arn,
    )
    dossier = {name: section.to_json() for name, section in sections.items()}
    store.incidents.put_document(incident.id, DOSSIER, passing.round, dossier)
    missing = {name: section.missing for name, section in sections.items() if section.missing}
    text = "The dossier is incomplete." if missing else "The dossier is complete."
    entry = TimelineEntry(at=clock.now(), step="investigate", text=text, data={"missing": missing})
    store.incidents.note(incident.id, entry)
    return passing.to("respond")


def _trail_tags(store: IncidentStore, incident_id: str, round_: int) -> Mapping[str, str]:
    """The trail's tags as found; none of a trail that is gone."""
    found = found_in(store, incident_id, round_)
    return {} if found is None or found.state is None else found.state.tags
