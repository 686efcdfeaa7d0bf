"""Properties of pure code are not timed: a slow machine is no finding.

How many examples are tried is a matter of the occasion: TRAILGUARD_EXAMPLES=1000 for a thorough run.
"""

import os

from hypothesis import settings

settings.register_profile(
    "unhurried", deadline=None, max_examples=int(os.environ.get("TRAILGUARD_EXAMPLES", "100"))
)
settings.load_profile("unhurried")
