"""The errors of the domain.

TrailguardError
├── MalformedRecordError   a CloudTrail record lacks what identifies it, or has it in the wrong type
├── MalformedStateError    a trail state is not one that CloudTrail can hold
├── MalformedPlanError     a stored plan cannot be read back
├── PolicyError            policy.yaml does not say what it must, or says too much
├── PlannedChangeError     a change that somebody announces is not told as it must be
└── MissingBaselineError   nothing is known of how a trail was before

Every message names the input, what was found in it, and what was expected.
"""


class TrailguardError(Exception):
    """Root of everything that Trailguard raises on purpose."""


class MalformedRecordError(TrailguardError):
    """A CloudTrail record lacks what identifies it, or has it in the wrong type."""


class MalformedStateError(TrailguardError):
    """A trail state has a key that is unknown, missing, or of the wrong type."""


class MalformedPlanError(TrailguardError):
    """A plan document cannot be read back."""


class PolicyError(TrailguardError):
    """The response policy is not valid; the message starts with the path of the offending key."""


class PlannedChangeError(TrailguardError):
    """A planned change is not valid; the message starts with the path of the offending key."""


class MissingBaselineError(TrailguardError):
    """Nothing is known of how a trail was before the change."""


class SettingsError(TrailguardError):
    """An environment variable or the deployed policy file is missing or not what it must be."""
