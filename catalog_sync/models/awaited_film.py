"""Films of TMDB's id export that wait for their details."""

from django.db import models


class AwaitedFilm(models.Model):
    """A film that TMDB has and the catalogue does not: the nights fetch it, the most popular first.

    A narrow row without a title, so that no list can show a film of which only the id is known.
    """

    tmdb_id = models.PositiveIntegerField(primary_key=True)
    popularity = models.FloatField(help_text="TMDB's unbounded figure.")

    class Meta:
        verbose_name = "awaited film"

    def __str__(self) -> str:
        return f"TMDB id {self.tmdb_id}"
