"""What can go wrong with rules.

RulesError
|- UnknownRuleError            no rule has that id, source id or name
|- UnknownTargetError          no renderer has that name
`- UnsupportedConditionError   a target language cannot express a condition without losing records
"""


class RulesError(Exception):
    """Root of the errors of this package."""


class UnknownRuleError(RulesError, LookupError):
    """No rule answers to the name that was asked for."""


class UnknownTargetError(RulesError, LookupError):
    """No renderer answers to the name that was asked for."""


class UnsupportedConditionError(RulesError, ValueError):
    """A condition that a target language cannot express: rendering stops, it never narrows in silence."""

    def __init__(self, target: str, condition: object, reason: str) -> None:
        super().__init__(f"{target} cannot express {condition}: {reason}")
        self.target = target
        self.condition = condition
        self.reason = reason
