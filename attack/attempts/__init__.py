"""The attacks, one module a subject, in the order in which they are run."""

from attack.attempts import (
    admin,
    bodies,
    box_office,
    costly,
    credentials,
    faults,
    guessing,
    holding,
    leaks,
    moderation,
    surprises,
)
from attack.registry import Attack

# What needs a fresh start comes first; what reads the whole log comes last.
MODULES = (surprises, holding, bodies, costly, faults, credentials, guessing, admin, box_office, moderation, leaks)
ALL = [one for module in MODULES for one in vars(module).values() if isinstance(one, Attack)]
