"""Stands in the topmost app, because the demo spans all of them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

import accounts.demo
import movies.demo
import movies.demo_library
from movies.models import Movie


class Command(BaseCommand):
    help = "Loads the demo: films, accounts, what they rated and want to see. Run twice, it adds only what is missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--confirm", action="store_true", help="Yes, into the database that DATABASE_URL names.")
        parser.add_argument("--if-empty", action="store_true", help="Do nothing when there are films already.")

    def handle(self, *args: Any, confirm: bool, if_empty: bool, **options: Any) -> None:
        if not confirm:
            name = connection.settings_dict["NAME"]
            raise CommandError(
                f"This adds demo films, and accounts with a published password, to the database “{name}”. "
                "Add --confirm if that is what you want."
            )
        if if_empty and Movie.objects.exists():
            return
        people, films = accounts.demo.load(), movies.demo.load()
        visitors, ratings = accounts.demo.load_visitors(), movies.demo_library.load()
        self.stdout.write(
            self.style.SUCCESS(
                f"Demo: {films} films, {people} accounts, {visitors} visitors and their {ratings} ratings added."
            )
        )
