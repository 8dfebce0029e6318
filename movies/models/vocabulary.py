"""The words of the catalogue's titles and people, which spelling is corrected against."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func
from django.db.models.functions import Left

BEGINNING = 5


class SearchWord(models.Model):
    """A word of a catalogue film's search vector; never a word that only private films have."""

    word = models.TextField(primary_key=True, db_collation="C")
    films = models.PositiveIntegerField(default=1, help_text="How many films have it.")
    # The word and the word without each of its letters: two words within one typing error share one of these.
    deletions = models.GeneratedField(
        expression=Func(F("word"), function="marquee_deletions"),
        output_field=ArrayField(models.TextField()),
        db_persist=True,
    )
    # The same for its first letters, to match a word that is not fully typed yet.
    beginnings = models.GeneratedField(
        expression=Func(Left("word", BEGINNING), function="marquee_deletions"),
        output_field=ArrayField(models.TextField()),
        db_persist=True,
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=~models.Q(word=""), name="search_word_not_empty")]
        # Without lists of what waits to be sorted in: after a sync, each correction read hundreds of pages of them.
        indexes = [
            GinIndex("deletions", fastupdate=False, name="search_word_within_one_error"),
            GinIndex("beginnings", fastupdate=False, name="search_word_begins_nearly"),
            GinIndex(OpClass("word", "gin_trgm_ops"), fastupdate=False, name="search_word_alike"),
        ]

    def __str__(self) -> str:
        return self.word


class SearchWordChange(models.Model):
    """That so many films more (or fewer) have a word; a trigger notes it (search/sql/0019_word_changes.sql)."""

    word = models.TextField(db_collation="C")
    films = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.word} {self.films:+}"
