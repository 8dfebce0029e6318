"""The limit on guesses of an account's secrets, and on the mails that visitors can have sent to it.

Guesses are counted by the account that is found, whatever spelling or identifier found it; where there is none, by
the text in the form in which the database compares it. So an unknown name is refused as a known one is. The waits
grow: see `common.limits.delays`.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog
from django.utils import timezone
from django.utils.crypto import salted_hmac
from redis import RedisError

from accounts import queries
from accounts.models import User
from accounts.notifications.account_mails import send_account_mail
from accounts.sign_in.known_browsers import find_known_browser
from common.client_ip import Asked, client_ip
from common.errors import TooManyRequests
from common.limits import counting, delays
from common.limits.requests import LimitsUnavailable
from common.limits.slots import Busy

log = structlog.get_logger(__name__)

FREE_GUESSES = 10
FREE_MAILS = 5
PASSWORD, CODE = "password", "code"


class Guess:
    """A guess that is counted and not yet checked; the caller reports `succeed` or `fail`."""

    def __init__(self, secret: str, user: User | None, subject: list[str], count: int, request: "Asked | None") -> None:
        self._secret, self._user, self._subject, self._count = secret, user, subject, count
        self._request = request

    @contextmanager
    def checking(self) -> Iterator[None]:
        """Let the secret be checked in the block; where that raises Busy, nothing was learned and nothing counts."""
        try:
            yield
        except Busy:
            with suppress(RedisError):
                delays.take_attempt_back(self._secret, self._subject)
            raise

    def succeed(self) -> None:
        """Forget the wrong guesses before. Raise LimitsUnavailable."""
        try:
            delays.forget_attempts(self._secret, self._subject)
        except RedisError as error:
            raise LimitsUnavailable from error

    def fail(self) -> None:
        """Tell the owner when the free guesses are used up, once a day at most. Raise LimitsUnavailable."""
        if self._user is None or self._count < FREE_GUESSES:
            return
        try:
            today = f"{timezone.now():%Y-%m-%d}"
            is_first = counting.count_event("guesses-told", "1/day", [str(self._user.pk), today]).allowed
        except RedisError as error:
            raise LimitsUnavailable from error
        if is_first:
            log.warning("secret_guessed", user=self._user.pk, secret=self._secret, guesses=self._count)
            _tell_owner(self._user, self._secret, self._request)


def begin_guess(
    secret: str, user: User | None, name: str = "", *, request: "Asked | None" = None, is_signed_in: bool = False
) -> Guess:
    """Count a guess of the PASSWORD or a CODE of `user`, or of the account that would have this `name`.

    It counts before it is checked, so that a crowd at once gets no further than one after the other. Guesses of a
    browser that the user has signed in with before, and of one that is signed in, are counted apart. Raise
    TooManyRequests (with `wait`), and LimitsUnavailable: without counters a secret could be guessed without a limit.
    """
    known = "signed in" if is_signed_in else find_known_browser(request, user) if request and user else ""
    subject = _subject(user, name, known)
    return Guess(secret, user, subject, _count(secret, subject, FREE_GUESSES), request)


def forget_guesses(user: User) -> None:
    """End the wait of a user who has proved the mailbox. Where Redis is not reachable, it ends by itself later."""
    with suppress(RedisError):
        for secret in (PASSWORD, CODE):
            delays.forget_attempts(secret, _subject(user, "", ""))


def count_mail(purpose: str, user: User | None, name: str = "") -> None:
    """Count a mail that a visitor has sent to an account or address. Raise TooManyRequests or LimitsUnavailable."""
    _count(f"mail-{purpose}", _subject(user, name, ""), FREE_MAILS)


def _count(name: str, subject: list[str], free: int) -> int:
    try:
        attempt = delays.count_attempt(name, subject, free)
    except RedisError as error:
        raise LimitsUnavailable from error
    if not attempt.is_allowed:
        log.warning("guess_refused", secret=name)
        raise TooManyRequests(attempt.wait)
    return attempt.number


def _subject(user: User | None, name: str, known: str) -> list[str]:
    """Return what the counter's key is made of; it reveals no name."""
    # Asked for in every case, so that an unknown name takes as long as a known one.
    normal = queries.normalize_identifier(name)
    account = f"user {user.pk}" if user else f"name {normal}"
    return [salted_hmac("accounts.guesses", text, algorithm="sha256").hexdigest() for text in (account, known) if text]


def _tell_owner(user: User, secret: str, request: "Asked | None") -> None:
    context = {"user": user, "secret": secret, "timestamp": timezone.now(), "ip": client_ip(request) if request else ""}
    send_account_mail("account/email/secret_guessed", user.email, context)
