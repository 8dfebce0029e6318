"""Make a manager: the person who looks after a fresh installation."""

import sys
from getpass import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError

from accounts import queries
from accounts.models import User
from accounts.people import registration


class Command(BaseCommand):
    help = "Makes a manager of a new person, whose password is asked twice, or of a customer with --promote."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("email", nargs="?", help="Of a new person; not needed with --promote.")
        parser.add_argument("--promote", action="store_true", help="Make a manager of the customer of that name.")
        parser.add_argument("--password-stdin", action="store_true", help="Read the password from standard input.")

    def handle(self, *, username: str, email: str | None, promote: bool, password_stdin: bool, **_: Any) -> None:
        existing = queries.find_user(username=username)
        if promote:
            self.promote(username, existing, email)
        elif existing is not None:
            raise CommandError(f"There is a {existing.role} {existing.username} already; --promote makes a manager.")
        elif not email:
            raise CommandError("A new manager needs an email address: createmanager USERNAME EMAIL.")
        else:
            self.make(username, email, self.password_from(from_stdin=password_stdin))

    def promote(self, username: str, existing: User | None, email: str | None) -> None:
        if existing is None:
            raise CommandError(f"There is nobody called {username}; without --promote, a new manager is made.")
        if email and email.lower() != existing.email.lower():
            raise CommandError(f"The address of {existing.username} is another one. Leave it out, or check the name.")
        registration.promote_to_manager(existing.username)
        self.stdout.write(self.style.SUCCESS(f"{existing.username} is a manager now."))

    def make(self, username: str, email: str, password: str) -> None:
        try:
            user = registration.register_manager(username=username, email=email, password=password)
        except ValidationError as error:
            said = [f"{field}: {' '.join(messages)}" for field, messages in error.message_dict.items()]
            raise CommandError("\n".join(said)) from error
        except IntegrityError as error:
            taken = registration.find_taken_field(error)
            if taken is None:
                raise
            raise CommandError(taken[1]) from error
        self.stdout.write(self.style.SUCCESS(f"{user.username} is a manager. Sign in on the site, or in the admin."))

    @staticmethod
    def password_from(*, from_stdin: bool) -> str:
        if from_stdin:
            return sys.stdin.readline().rstrip("\r\n")
        if not sys.stdin.isatty():
            raise CommandError("Nobody can be asked for a password here: send it with --password-stdin.")
        password = getpass("Password: ")
        if getpass("The same again: ") != password:
            raise CommandError("The two passwords differ. Nothing was made.")
        return password
