"""Create the bucket of a new store; docker-compose.yml runs this before the site starts."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.files.stores import code_of, errors, sentence
from movies.posters.store import get_bucket_store


class Command(BaseCommand):
    help = "Create the bucket S3_BUCKET if it is missing. Read access to it is configured at the store."

    def handle(self, **_: Any) -> None:
        store = get_bucket_store()
        if store is None:
            self.stdout.write("Posters are stored in a folder, no bucket is needed.")
            return
        client, name = store.connection.meta.client, store.bucket_name
        try:
            client.head_bucket(Bucket=name)
            self.stdout.write(f"The bucket {name} exists.")
        except errors() as error:
            if code_of(error) not in {"404", "NoSuchBucket"}:
                raise CommandError(sentence(error)) from error
            self._create(client, name)

    def _create(self, client: Any, name: str) -> None:
        try:
            client.create_bucket(Bucket=name)
        except errors() as error:
            raise CommandError(sentence(error)) from error
        self.stdout.write(f"The bucket {name} has been created.")
