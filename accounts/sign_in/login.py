"""Signing in a program: a password, and a code where the person has a second factor."""

from allauth.mfa.models import Authenticator

from accounts.models import User
from accounts.sign_in import passwords, tokens


class InvalidCredentials(Exception):
    """No open account has this name or address and this password; which of it is wrong, nobody is told."""


class SecondFactorRequired(Exception):
    """The password is right, and the code is missing or wrong."""


def sign_in(
    password: str,
    *,
    username: str | None = None,
    email: str | None = None,
    code: str = "",
    user_agent: str = "",
    ip: str | None = None,
) -> tokens.TokenPair:
    user = passwords.authenticate(password, username=username, email=email)
    if user is None:
        raise InvalidCredentials
    if not passes_second_factor(user, code):
        raise SecondFactorRequired
    try:
        return tokens.open_session(user, user_agent=user_agent, ip=ip)
    except tokens.SignInOvertaken as error:
        raise InvalidCredentials from error


def passes_second_factor(user: User, code: str) -> bool:
    """Whoever set up no second factor needs none. Otherwise a code of the app, or a recovery code, each good once."""
    factors = list(Authenticator.objects.filter(user=user))
    for factor in factors:
        if code and factor.wrap().validate_code(code):
            factor.record_usage()
            return True
    return not factors
