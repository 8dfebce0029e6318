"""Let every finished answer be made again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.finished.changes import forget_answers


class Command(BaseCommand):
    help = "Makes every answer anew. Needed after rows were changed past the site, with psql or from a backup."

    def handle(self, *args: Any, **options: Any) -> None:
        if not forget_answers():
            raise CommandError("The cache does not answer. Answers end by themselves after CACHE_TTL seconds.")
        self.stdout.write("All answers will be made again.")
