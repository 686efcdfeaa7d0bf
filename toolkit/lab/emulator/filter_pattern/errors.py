"""The one error of this package: a filter pattern that CloudWatch Logs would refuse."""


class InvalidPatternError(ValueError):
    """A filter pattern was refused; the text is worded as the CloudWatch Logs API words it."""

    code = "InvalidParameterException"


def malformed() -> InvalidPatternError:
    """Name no culprit: what AWS answers when the pieces are fine and their order is not."""
    return InvalidPatternError("Invalid metric filter pattern")


def unexpected(fragment: str) -> InvalidPatternError:
    """Name the text that cannot be read."""
    return InvalidPatternError(f"Invalid character(s) in term '{fragment}'")
