"""The command that loads the demo. It is in the topmost app, because the demo spans all of them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

import accounts.people.demo
import cinema.demo
import movies.demo.catalogue
import movies.demo.library
from cinema.demo.programme import DAYS_AHEAD
from movies.models import Movie


class Command(BaseCommand):
    help = (
        "Loads the demo: films, accounts, their ratings and watchlists, rooms, and a fortnight of sessions with "
        "their audience. Run again, it adds only what is missing; on a later day, the new days ahead."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--confirm", action="store_true", help="Load it into the database that DATABASE_URL names.")
        parser.add_argument(
            "--if-empty",
            action="store_true",
            help="If there are films already, only extend the demo's programme.",
        )

        parser.add_argument(
            "--days", type=int, default=DAYS_AHEAD, help="How many days ahead the programme reaches (%(default)s)."
        )

    def handle(self, *args: Any, confirm: bool, if_empty: bool, days: int, **options: Any) -> None:
        if not confirm:
            name = connection.settings_dict["NAME"]
            raise CommandError(
                f"This adds demo films, and accounts with a published password, to the database “{name}”. "
                "Add --confirm if that is what you want."
            )
        if if_empty and Movie.objects.exists():
            # A demo that is started again on another day needs a programme for that day.
            more = cinema.demo.extend(days)
            if more.sessions:
                self._print(f"Demo: {more.sessions} sessions and {more.tickets} tickets added.")
            return
        people, films = accounts.people.demo.load(), movies.demo.catalogue.load()
        visitors, ratings = accounts.people.demo.load_visitors(), movies.demo.library.load()
        added = cinema.demo.load(days)
        self._print(
            f"Demo: {films} films, {people} accounts, {visitors} visitors and their {ratings} ratings, "
            f"{added.rooms} rooms, {added.sessions} sessions and {added.tickets} tickets added."
        )

    def _print(self, sentence: str) -> None:
        self.stdout.write(self.style.SUCCESS(sentence))
