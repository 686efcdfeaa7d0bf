"""The rules that are held, by id, and how to find one by any name it goes by."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from response.rules.conditions import SUCCESS, Absent, AllOf, AnyOf, Equals, OneOf
from response.rules.errors import UnknownRuleError
from response.rules.rule import MetricFilter, Question, Revision, Rule, Source, Threat

__all__ = ["CLOUDTRAIL_LOG_UPDATED", "CLOUDWATCH_5", "RULES", "Rule", "rule"]

_STORED_DATA = Threat("TA0040", "Impact", "T1565.001", "Data Manipulation: Stored Data Manipulation")
_CLOUD_STORAGE = Threat("TA0009", "Collection", "T1530", "Data from Cloud Storage")
_CLOUD_LOGS = Threat(
    "TA0005", "Defense Evasion", "T1562.008", "Impair Defenses: Disable or Modify Cloud Logs"
)

CLOUDTRAIL_LOG_UPDATED: Final = Rule(
    id="aws-cloudtrail-log-updated",
    name="AWS CloudTrail Log Updated",
    kind="detection",
    description=(
        "Somebody changed the configuration of a CloudTrail trail, and the call succeeded. "
        "Such a change can move the log to another bucket, drop Regions or global services from it, "
        "or take away its encryption and its integrity digests."
    ),
    condition=AllOf(
        Equals("eventSource", "cloudtrail.amazonaws.com"),
        Equals("eventName", "UpdateTrail"),
        AnyOf(Absent("eventCategory"), Equals("eventCategory", "Management")),
        SUCCESS,
    ),
    source=Source(
        publisher="Elastic",
        rule_id="3e002465-876f-4f04-b016-84ef48ce7e5d",
        url="https://github.com/elastic/detection-rules/blob/main/rules/integrations/aws/"
        "impact_cloudtrail_logging_updated.toml",
        published=Revision(
            version=103,
            severity="low",
            risk_score=21,
            interval_minutes=10,
            lookback_minutes=60,
            max_alerts=100,
            threats=(_STORED_DATA, _CLOUD_STORAGE),
        ),
        latest=Revision(
            version=216,
            severity="high",
            risk_score=73,
            interval_minutes=5,
            lookback_minutes=6,
            max_alerts=100,
            threats=(_STORED_DATA, _CLOUD_STORAGE, _CLOUD_LOGS),
        ),
    ),
    severity="low",
    risk_score=21,
    false_positives=(
        "An administrator changes a trail as planned: a new Region, another key, a move of the log bucket.",
        "Infrastructure as code (CloudFormation, CDK, Terraform) applies a reviewed template.",
        "The console sends UpdateTrail within seconds of the set-up of a new trail, by the same person.",
        "Except a known actor only together with the address range the calls come from, never by name alone.",
    ),
    tags=(
        "Elastic",
        "Cloud",
        "AWS",
        "Continuous Monitoring",
        "SecOps",
        "Log Auditing",
        "Investigation Guide",
    ),
    references=(
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html",
        "https://awscli.amazonaws.com/v2/documentation/api/latest/reference/cloudtrail/update-trail.html",
    ),
    investigation=(
        Question("identity", "Who made the call, and is changing trails part of what this identity does?"),
        Question("change", "Which settings does the trail have now, by the response of the call?"),
        Question("alerts", "What else has this identity set off in the last 48 hours?"),
        Question("owner", "Do the owners of the account and of the trail know of the change?"),
        Question("approval", "Is there an approved change that this call belongs to?"),
        Question("address", "Are the source address and the place usual for this identity?"),
        Question(
            "compute", "If the address is an EC2 instance: whose is it, and does it normally call this?"
        ),
        Question("reach", "Which services, servers and data has the identity touched in the last 24 hours?"),
        Question("persistence", "Have users, keys or roles been created that nobody ordered?"),
        Question("mfa", "Was the session opened with MFA, and does the user have it at all?"),
        Question("privilege", "Does the identity need the permission to change trails?"),
        Question("timing", "How long did it take to detect the change, and how long to answer it?"),
    ),
    notes=(
        "Success: neither errorCode nor errorMessage; null and empty text count as absent.",
        "A call through a VPC endpoint can leave a second record (NetworkActivity); it is no second match.",
        "Records older than event version 1.07 have no category and count as management events.",
    ),
)

# Security Hub compares the pattern with its own text and fails the control if anything is added or missing,
# so this filter watches attempts as well as successes, and no particular event source.
CLOUDWATCH_5: Final = Rule(
    id="cloudwatch-5",
    name="CloudTrail configuration changes (CIS, Security Hub CloudWatch.5)",
    kind="compliance",
    description=(
        "The metric filter that the CIS AWS Foundations Benchmark and AWS Security Hub look for: "
        "any call that creates, changes, deletes, starts or stops a trail, whether it succeeded or not."
    ),
    condition=OneOf(
        "eventName", ("CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging")
    ),
    source=Source(
        publisher="AWS Security Hub",
        rule_id="CloudWatch.5",
        url="https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-5",
    ),
    severity="low",
    tags=(
        "CIS AWS Foundations Benchmark v1.2.0/3.5",
        "CIS AWS Foundations Benchmark v1.4.0/4.5",
        "NIST.800-171.r2 3.3.8",
        "NIST.800-171.r2 3.14.6",
        "NIST.800-171.r2 3.14.7",
    ),
    references=("https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html",),
    metric_filter=MetricFilter(
        pattern=(
            "{($.eventName=CreateTrail) || ($.eventName=UpdateTrail) || ($.eventName=DeleteTrail) || "
            "($.eventName=StartLogging) || ($.eventName=StopLogging)}"
        ),
        namespace="LogMetrics",
        metric_value="1",
        default_value=0,
        alarm_threshold=1,
    ),
)

RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {held.id: held for held in (CLOUDTRAIL_LOG_UPDATED, CLOUDWATCH_5)}
)


def rule(name: str) -> Rule:
    """Find a rule by its id, by the id its publisher gave it, or by its name, in any case."""
    wanted = name.strip().casefold()
    for held in RULES.values():
        if wanted in {held.id.casefold(), held.source.rule_id.casefold(), held.name.casefold()}:
            return held
    raise UnknownRuleError(f"no rule is called {name!r}; known rules: {', '.join(RULES)}")
