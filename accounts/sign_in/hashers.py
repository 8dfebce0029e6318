"""Password hashing: whatever path it comes by, a process hashes one password at a time.

A hash takes a core for 20 ms, outside of Python's lock. With one core at most, readers have the others.
"""

from django.contrib.auth.hashers import Argon2PasswordHasher, PBKDF2PasswordHasher

from common.limits.slots import take_slot


class OwaspArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id with OWASP's minimum (19 MiB, 2 passes, 1 lane): a tenth of the CPU of Django's defaults.

    Raises Busy (common.limits.slots) while the process hashes others.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
    encode = take_slot("passwords")(Argon2PasswordHasher.encode)
    verify = take_slot("passwords")(Argon2PasswordHasher.verify)


class OlderPasswordHasher(PBKDF2PasswordHasher):
    """Hashes from an older site, which are read once and upgraded at sign-in. Raises Busy, too."""

    encode = take_slot("passwords")(PBKDF2PasswordHasher.encode)  # which `verify` calls
