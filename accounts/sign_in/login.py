"""Signing a program in: with a password, and with a code when the user has a second factor."""

from allauth.mfa.models import Authenticator

from accounts.models import User
from accounts.sign_in import passwords, tokens


class InvalidCredentials(Exception):
    """No open account has this username or email and this password. The caller must not learn which is wrong."""


class SecondFactorRequired(Exception):
    """The password is right, but the code is missing or wrong."""


def sign_in(
    password: str,
    *,
    username: str | None = None,
    email: str | None = None,
    code: str = "",
    user_agent: str = "",
    ip: str | None = None,
) -> tokens.TokenPair:
    """Sign the user in and return the tokens. Raise InvalidCredentials or SecondFactorRequired."""
    user = passwords.authenticate(password, username=username, email=email)
    if user is None:
        raise InvalidCredentials
    if not _passes_second_factor(user, code):
        raise SecondFactorRequired
    try:
        return tokens.open_sign_in(user, user_agent=user_agent, ip=ip)
    except tokens.SignInOvertaken as error:
        raise InvalidCredentials from error


def _passes_second_factor(user: User, code: str) -> bool:
    """Return whether the user has no second factor, or `code` is valid: from the app or a recovery code, each once."""
    factors = list(Authenticator.objects.filter(user=user))
    for factor in factors:
        if code and factor.wrap().validate_code(code):
            factor.record_usage()
            return True
    return not factors
