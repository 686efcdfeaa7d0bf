"""How to shut out whoever made a change: API calls sure to hit the right principal, or a named outcome.

Every target passes the same guard (protected, of another account, kept by AWS, gone), whoever it is: the
actor, an issuer, an owner, an origin, or what an actor made. Nothing here calls AWS.
"""

from response.domain.containment.actions import numbered
from response.domain.containment.created import plan_created
from response.domain.containment.cutoff import CUTOFF, settled
from response.domain.containment.planning import plan, plan_containment
from response.domain.containment.subject import (
    DEPLOYING_ROLES,
    GONE,
    MANY_CREATED,
    NOT_CONTAINED,
    ORIGIN_UNKNOWN,
    PROTECTED,
    PROTECTION_UNKNOWN,
    RESPONDER,
    WOULD_NOT_FIT,
    Planned,
    Subject,
    asked,
    named,
)

__all__ = [
    "CUTOFF",
    "DEPLOYING_ROLES",
    "GONE",
    "MANY_CREATED",
    "NOT_CONTAINED",
    "ORIGIN_UNKNOWN",
    "PROTECTED",
    "PROTECTION_UNKNOWN",
    "RESPONDER",
    "WOULD_NOT_FIT",
    "Planned",
    "Subject",
    "asked",
    "named",
    "numbered",
    "plan",
    "plan_containment",
    "plan_created",
    "settled",
]
