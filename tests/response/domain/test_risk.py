"""The risk score: shown arithmetic, monotone, and bounded where nothing is weakened."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from response.domain.baseline import BaselineSource
from response.domain.findings import Findings
from response.domain.grades import Effect, GradedChange, Severity
from response.domain.record import Record
from response.domain.risk import score_risk, severity_of
from response.domain.risk_weights import FINDINGS_AT_MOST
from tests.response.domain.found import findings
from tests.response.domain.people import EVERYBODY, ROOT, record_of, user

_changes = st.builds(
    GradedChange,
    field=st.sampled_from(("IsLogging", "Tags", "KmsKeyId", "S3BucketName")),
    before=st.none(),
    after=st.none(),
    effect=st.sampled_from(Effect),
    severity=st.sampled_from(Severity),
    reason=st.just("because"),
)
_records = st.none() | st.builds(
    lambda who, source: record_of(EVERYBODY[who], sourceIPAddress=source),
    st.sampled_from(sorted(EVERYBODY)),
    st.sampled_from(("203.0.113.7", "8.8.8.8", "10.0.0.1", "cloudformation.amazonaws.com", "")),
)
_sources = st.sampled_from(BaselineSource)


def weakening(severity: Severity, field: str = "IsLogging") -> GradedChange:
    """A change that takes something away."""
    return GradedChange(field, True, False, Effect.WEAKENS, severity, "because")


@given(st.lists(_changes, max_size=8), _records, _sources, st.booleans(), findings())
def test_the_terms_add_up_to_the_score(
    changes: list[GradedChange], record: Record | None, source: BaselineSource, misuse: bool, found: Findings
) -> None:
    """What is shown is how it was computed, and the score stays within 0 to 100."""
    risk = score_risk(changes, record=record, baseline_source=source, responder_misuse=misuse, findings=found)
    assert sum(points for _, points in risk.terms) == risk.score
    assert 0 <= risk.score <= 100
    assert risk.severity is severity_of(risk.score)


@given(st.lists(_changes, max_size=8), st.sampled_from(Severity), _records, _sources, findings())
def test_one_more_weakening_change_never_lowers_the_risk(
    changes: list[GradedChange],
    severity: Severity,
    record: Record | None,
    source: BaselineSource,
    found: Findings,
) -> None:
    """Monotone in what was weakened, whatever else changed."""
    before = score_risk(changes, record=record, baseline_source=source, findings=found)
    after = score_risk([*changes, weakening(severity)], record=record, baseline_source=source, findings=found)
    assert after.score >= before.score


@given(st.lists(_changes, max_size=8), _records, _sources)
def test_the_severity_is_never_below_that_of_a_weakening_change(
    changes: list[GradedChange], record: Record | None, source: BaselineSource
) -> None:
    """A critical change makes a critical incident, whoever made it."""
    risk = score_risk(changes, record=record, baseline_source=source)
    gravest = max((c.severity.rank for c in changes if c.effect is Effect.WEAKENS), default=0)
    assert risk.severity.rank >= gravest


@given(st.lists(_changes, max_size=8), _records, _sources, findings())
def test_findings_only_ever_add_and_not_too_much(
    changes: list[GradedChange], record: Record | None, source: BaselineSource, found: Findings
) -> None:
    """No story talks a change down, and none makes a mild one critical."""
    without = score_risk(changes, record=record, baseline_source=source)
    with_them = score_risk(changes, record=record, baseline_source=source, findings=found)
    assert without.score <= with_them.score <= without.score + FINDINGS_AT_MOST


@given(st.lists(_changes, max_size=30), _records, _sources, findings())
def test_without_weakening_the_risk_is_small(
    changes: list[GradedChange], record: Record | None, source: BaselineSource, found: Findings
) -> None:
    """20 at most, also for root from a public address with no baseline; 0 where nothing changed."""
    harmless = [change for change in changes if change.effect is not Effect.WEAKENS]
    risk = score_risk(harmless, record=record, baseline_source=source, findings=found)
    assert risk.score <= 20
    assert harmless or risk.score == 0


def test_the_arithmetic_of_an_example() -> None:
    """Mallory switches logging off and narrows the trail, with her key, from outside."""
    changes = [weakening(Severity.HIGH, "IsMultiRegionTrail"), weakening(Severity.CRITICAL)]
    record = record_of(user(), sourceIPAddress="8.8.8.8")
    risk = score_risk(changes, record=record, baseline_source=BaselineSource.APPROVED)
    assert risk.terms == (
        ("IsLogging: the gravest change, critical", 80),
        ("1 more weakening", 4),
        ("made with a long-term access key", 5),
        ("made from a public address", 4),
    )
    assert (risk.score, risk.severity) == (93, Severity.CRITICAL)


def test_root_unknown_baselines_and_blindness_count() -> None:
    """The same change weighs more by root, against a floor, or with no record of it."""
    change = [weakening(Severity.MEDIUM)]
    private = record_of(EVERYBODY["role"], sourceIPAddress="10.0.0.1")
    root = record_of(ROOT, sourceIPAddress="10.0.0.1")
    plain = score_risk(change, record=private, baseline_source=BaselineSource.APPROVED).score
    assert score_risk(change, record=root, baseline_source=BaselineSource.APPROVED).score == plain + 10
    assert score_risk(change, record=private, baseline_source=BaselineSource.FLOOR).score == plain + 4
    assert score_risk(change, record=None, baseline_source=BaselineSource.APPROVED).score == plain + 8


def test_misuse_of_the_responders_role_is_the_gravest_there_is() -> None:
    """100 and critical, even where nothing was weakened."""
    risk = score_risk([], record=None, baseline_source=BaselineSource.APPROVED, responder_misuse=True)
    assert (risk.score, risk.severity) == (100, Severity.CRITICAL)
