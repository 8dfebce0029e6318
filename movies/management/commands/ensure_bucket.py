"""Make the bucket of a fresh store, once: docker-compose.yml runs it before the site starts."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError

from common.stores import code_of, sentence
from movies.posters.store import get_bucket_store


class Command(BaseCommand):
    help = "Makes the bucket S3_BUCKET if it is missing. Whoever may read it is decided at the store."

    def handle(self, **_: Any) -> None:
        store = get_bucket_store()
        if store is None:
            self.stdout.write("Posters are files of this machine: there is no bucket to make.")
            return
        client, name = store.connection.meta.client, store.bucket_name
        try:
            client.head_bucket(Bucket=name)
            self.stdout.write(f"The bucket {name} is there.")
        except (BotoCoreError, ClientError) as error:
            if code_of(error) not in {"404", "NoSuchBucket"}:
                raise CommandError(sentence(error)) from error
            self.make(client, name)

    def make(self, client: Any, name: str) -> None:
        try:
            client.create_bucket(Bucket=name)
        except (BotoCoreError, ClientError) as error:
            raise CommandError(sentence(error)) from error
        self.stdout.write(f"The bucket {name} was made.")
