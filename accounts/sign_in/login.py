"""Signing a program in: with a password, and with a code when the user has a second factor."""

from allauth.mfa.models import Authenticator

from accounts.models import User
from accounts.sign_in import guesses, passwords, tokens
from common.client_ip import Asked

MISMATCH = (
    "The username or email and the password don't match. Until your email is confirmed, sign in with your username."
)


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
    request: "Asked | None" = None,
) -> tokens.TokenPair:
    """Sign the user in and return the tokens.

    Raise InvalidCredentials, SecondFactorRequired, TooManyRequests and LimitsUnavailable.
    """
    user = passwords.authenticate(password, username=username, email=email, request=request)
    if user is None:
        raise InvalidCredentials
    if not _passes_second_factor(user, code, request):
        raise SecondFactorRequired
    try:
        return tokens.open_sign_in(user, user_agent=user_agent, ip=ip)
    except tokens.SignInOvertaken as error:
        raise InvalidCredentials from error


def _passes_second_factor(user: User, code: str, request: "Asked | None") -> bool:
    """Return whether the user has no second factor, or `code` is valid: from the app or a recovery code, each once."""
    factors = list(Authenticator.objects.filter(user=user))
    if not factors or not code:
        return not factors
    guess = guesses.begin_guess(guesses.CODE, user, request=request)
    for factor in factors:
        if factor.wrap().validate_code(code):
            factor.record_usage()
            guess.succeed()
            return True
    guess.fail()
    return False
