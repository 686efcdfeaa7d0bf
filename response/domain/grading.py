"""What each change to a trail means: does it weaken, how badly, and why, in words for 3 a.m.

Weakens: something that was logged, protected or told no longer is, or goes to a place that nobody approved.
Strengthens: the other way round. Neutral: neither. What CloudTrail changes along with another field is graded
with that field, once, and is of severity `none` by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from response.domain.diff import TRAIL, Change, diff
from response.domain.grades import Effect, GradedChange, Severity, Verdict
from response.domain.grading_destinations import PREFIX, grade_bucket, grade_destination
from response.domain.grading_selectors import grade_events, grade_insights
from response.domain.trail_state import Surroundings, TrailState

__all__ = ["Effect", "GradedChange", "Severity", "Verdict", "grade"]

# Flag -> how bad its loss is, what that means, and what its coming means.
_FLAGS: Mapping[str, tuple[Severity, str, str]] = {
    "IsLogging": (
        Severity.CRITICAL,
        "The trail records nothing: what happens from now on is in no log file.",
        "The trail records again.",
    ),
    "IsMultiRegionTrail": (
        Severity.HIGH,
        "Only the home Region is recorded. CloudTrail turns global service events (IAM, STS) off with it.",
        "All Regions are recorded, and global service events with them.",
    ),
    "IncludeGlobalServiceEvents": (
        Severity.HIGH,
        "Events of global services (IAM, STS, CloudFront) are not recorded: new users and keys stay unseen.",
        "Events of global services (IAM, STS, CloudFront) are recorded.",
    ),
    "LogFileValidationEnabled": (
        Severity.HIGH,
        (
            "No digest files are written: the chain breaks after an hour, and what is delivered meanwhile "
            "can be altered with nothing to prove it, ever."
        ),
        "Digest files are written: altered or deleted log files can be found out.",
    ),
    "IsOrganizationTrail": (
        Severity.CRITICAL,
        (
            "The organization's other accounts are no longer recorded by this trail. Only the management "
            "account can turn that on again."
        ),
        "The trail records all accounts of the organization.",
    ),
}
_FIXED: Mapping[str, Verdict] = {
    "S3KeyPrefix": PREFIX,
    "Tags": Verdict(Effect.NEUTRAL, Severity.LOW, "Tags record nothing; access rules may go by them."),
}
# Field -> the field that it is graded with where both change the same way.
_CAUSES: Mapping[str, str] = {
    "IncludeGlobalServiceEvents": "IsMultiRegionTrail",
    "CloudWatchLogsRoleArn": "CloudWatchLogsLogGroupArn",
}


def grade(
    changes: Sequence[Change],
    before: TrailState | None,
    after: TrailState | None,
    surroundings: Surroundings,
) -> tuple[GradedChange, ...]:
    """Every change with its grade, in the same order. `before` was approved, `after` was found."""
    return tuple(
        GradedChange(change.field, change.before, change.after, v.effect, v.severity, v.reason)
        for change in changes
        for v in (_verdict(change, before, after, surroundings),)
    )


def _verdict(
    change: Change, before: TrailState | None, after: TrailState | None, surroundings: Surroundings
) -> Verdict:
    """The grade of one change, as a consequence of another one where it is that."""
    if before is None or after is None or change.field == TRAIL:
        return _trail_itself(before, after)
    verdict = _own_verdict(change, before, after, surroundings)
    cause = _cause(change, before, after)
    if cause is None:
        return verdict
    caused = _own_verdict(cause, before, after, surroundings)
    if caused.effect is not verdict.effect or caused.severity.rank < verdict.severity.rank:
        return verdict
    return Verdict(verdict.effect, Severity.NONE, f"Goes along with {cause.field} and is counted there.")


def _cause(change: Change, before: TrailState, after: TrailState) -> Change | None:
    """The change that this one goes along with."""
    selectors = {"EventSelectors", "AdvancedEventSelectors"}
    if change.field in selectors:
        # The kind that is there now tells what is recorded; the other kind only made room for it.
        (other,) = selectors - {change.field}
        causes = {other} if after.value(other) and not after.value(change.field) else set()
    else:
        causes = {_CAUSES.get(change.field, "")}
    return next((other for other in diff(before, after) if other.field in causes), None)


def _own_verdict(
    change: Change, before: TrailState, after: TrailState, surroundings: Surroundings
) -> Verdict:
    """The grade of a change looked at alone."""
    if change.field in _FLAGS:
        return _flag(change)
    match change.field:
        case "S3BucketName":
            return grade_bucket(surroundings.bucket_owner)
        case "EventSelectors" | "AdvancedEventSelectors":
            return grade_events(before, after)
        case "InsightSelectors":
            return grade_insights(before, after)
    return _FIXED.get(change.field) or grade_destination(change, before, after)


def _flag(change: Change) -> Verdict:
    """A property that is on or off; off is always the weaker."""
    severity, lost, gained = _FLAGS[change.field]
    if change.after:
        return Verdict(Effect.STRENGTHENS, Severity.LOW, gained)
    return Verdict(Effect.WEAKENS, severity, lost)


def _trail_itself(before: TrailState | None, after: TrailState | None) -> Verdict:
    """The trail was deleted, made, or is not the one it was compared with."""
    if after is None:
        return Verdict(
            Effect.WEAKENS,
            Severity.CRITICAL,
            "The trail was deleted: nothing is recorded any more, and its selectors, tags and digest chain "
            "are gone. Log files already delivered are still in the bucket.",
        )
    if before is None:
        return Verdict(Effect.STRENGTHENS, Severity.LOW, "There is a trail where none was: more is recorded.")
    return Verdict(Effect.WEAKENS, Severity.CRITICAL, "This is another trail than the approved one.")
