"""Create a manager, such as the first one of a new installation."""

import sys
from getpass import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError

from accounts import queries
from accounts.models import EMAIL_TAKEN, User
from accounts.people import registration


class Command(BaseCommand):
    help = "Creates a manager, asking for the password twice, or makes a customer a manager with --promote."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("email", nargs="?", help="Of a new manager; not needed with --promote.")
        parser.add_argument("--promote", action="store_true", help="Make the customer with this username a manager.")
        parser.add_argument("--password-stdin", action="store_true", help="Read the password from standard input.")

    def handle(self, *, username: str, email: str | None, promote: bool, password_stdin: bool, **_: Any) -> None:
        existing = queries.find_user(username=username)
        if promote:
            self._promote(username, existing, email)
        elif existing is not None:
            raise CommandError(f"There is already a {existing.role} {existing.username}; add --promote.")
        elif not email:
            raise CommandError("A new manager needs an email address: createmanager USERNAME EMAIL.")
        elif queries.find_user(email=email):
            raise CommandError(EMAIL_TAKEN)
        else:
            self._create(username, email, self._read_password(from_stdin=password_stdin))

    def _promote(self, username: str, existing: User | None, email: str | None) -> None:
        if existing is None:
            raise CommandError(f"There is no user {username}; leave out --promote to create a manager.")
        if email and email.lower() != existing.email.lower():
            raise CommandError(f"{existing.username} has another address. Leave it out, or check the username.")
        registration.promote_to_manager(existing.username)
        self.stdout.write(self.style.SUCCESS(f"{existing.username} is now a manager."))

    def _create(self, username: str, email: str, password: str) -> None:
        try:
            user = registration.register_manager(username=username, email=email, password=password)
        except ValidationError as error:
            lines = [f"{field}: {' '.join(messages)}" for field, messages in error.message_dict.items()]
            raise CommandError("\n".join(lines)) from error
        except IntegrityError as error:
            taken_field = registration.find_taken_field(error)
            if taken_field is None:
                raise
            raise CommandError(taken_field[1]) from error
        self.stdout.write(self.style.SUCCESS(f"{user.username} is a manager and can sign in."))

    @staticmethod
    def _read_password(*, from_stdin: bool) -> str:
        if from_stdin:
            return sys.stdin.readline().rstrip("\r\n")
        if not sys.stdin.isatty():
            raise CommandError("There is no terminal to ask for the password: send it with --password-stdin.")
        password = getpass("Password: ")
        if getpass("Password again: ") != password:
            raise CommandError("The two passwords differ. No account was created.")
        return password
