"""Rules for passwords beside Django's own (settings.AUTH_PASSWORD_VALIDATORS)."""

import re
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from zxcvbn import zxcvbn

# Enough against guessing through the site, by zxcvbn's own scale: a million guesses and more.
LEAST_SCORE = 2
# A text may be as long as a book; what follows cannot make a beginning easier to guess.
LONGEST_SCORED = 72
HOUSE_WORDS = ("marquee", "demo", "cinema", "movie", "film", "ticket")
# So many characters must be left of a password without the words of the house and the person.
LEAST_REST = 6

EASY = "This password is easy to guess. Use several words, or a longer phrase."
OF_THE_HOUSE = "This password is made of our name or yours. Use several other words, or a longer phrase."


class NotGuessed:
    """Refuse passwords that are in lists of breached ones, or that vary them, words, names, dates and keyboard rows."""

    def validate(self, password: str, user: Any = None) -> None:
        result = zxcvbn(password[:LONGEST_SCORED], user_inputs=sorted(known_words(user)))
        if result["score"] < LEAST_SCORE:
            raise ValidationError(EASY, code="password_easy_to_guess")

    def get_help_text(self) -> str:
        return "Your password cannot be one that is easy to guess."


class NotOfTheHouse:
    """Refuse passwords that consist of the names of the cinema and of the user, with few other characters."""

    def validate(self, password: str, user: Any = None) -> None:
        rest = re.sub(r"[\W_]", "", password.casefold())
        words = sorted(known_words(user), key=len, reverse=True)
        shortened = re.sub("|".join(map(re.escape, words)), "", rest)
        if shortened != rest and len(shortened) < LEAST_REST:
            raise ValidationError(OF_THE_HOUSE, code="password_of_the_house")

    def get_help_text(self) -> str:
        return "Your password cannot be made of the cinema's name or yours."


def known_words(user: Any) -> set[str]:
    """Return the words of three characters and more that belong to the house and to the user, in lower case."""
    own = (getattr(user, field, "") or "" for field in ("username", "email", "name"))
    texts = [settings.CINEMA_NAME, *own]
    words = {word for text in texts for word in re.split(r"[\W_]+", text.casefold()) if len(word) >= 3}
    return words | set(HOUSE_WORDS)
