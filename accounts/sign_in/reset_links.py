"""The tokens of the links that reset a forgotten password."""

from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator


class ResetTokenGenerator(PasswordResetTokenGenerator):
    """Django's tokens, which follow from the password, the address and the last sign-in, and from `sign_outs`.

    So whatever ends the sign-ins of an account also ends the links that were sent before.
    """

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}|{user.sign_outs}"
