"""The sections that need the findings alone: who, from where, what else, what was made, who is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from response.domain.dossier.made_to_stay import made_to_stay
from response.domain.dossier.section import Section, fitted
from response.domain.dossier.what_else import what_else
from response.domain.dossier.where import from_where
from response.domain.dossier.who import who
from response.domain.dossier.who_to_tell import who_to_tell
from response.domain.findings import Findings
from response.domain.policy import Policy
from response.domain.record import Record


def investigated_sections(
    records: Sequence[Record],
    findings: Findings,
    *,
    now: dt.datetime,
    policy: Policy,
    trail_tags: Mapping[str, str],
    trail_arn: str,
) -> dict[str, Section]:
    """Who it was, from where, what else that actor did and made, and who has to be told."""
    sections = {
        "who": who(records, findings, now=now),
        "from_where": from_where(records, findings),
        "what_else": what_else(records, findings),
        "made_to_stay": made_to_stay(findings),
        "who_to_tell": who_to_tell(findings, policy=policy, trail_tags=trail_tags, trail_arn=trail_arn),
    }
    return fitted(sections)
