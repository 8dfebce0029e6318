"""Mends what the syncs wrote before.

Dates of a region stood in place of the film's own, titles had invisible signs, some certifications were not known, and
texts of OMDb's had HTML entities.
"""

import html
import re

from django.conf import settings
from django.db import migrations
from django.db.models import TextField
from django.db.models.functions import Cast, Concat

from common.text import strip_invisible
from movies.catalogue.certifications import age_of

# The releases of our region are of the last 60 and the next 30 days; the details have the film's own dates.
REFRESH = """
UPDATE movies_syncstate s SET details_wanted = true
FROM movies_movie m
WHERE m.id = s.movie_id AND m.tmdb_id IS NOT NULL AND s.tmdb_vanished_at IS NULL
    AND m.release_date BETWEEN CURRENT_DATE - 90 AND CURRENT_DATE + 60
"""
INVISIBLE = "[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"


def strip_titles(apps, schema_editor):
    films = apps.get_model("movies", "Movie").objects
    for name in ("title", "original_title"):
        for pk, value in films.filter(**{f"{name}__regex": INVISIBLE}).values_list("pk", name):
            stripped = strip_invisible(value).strip()
            if stripped != value and (stripped or name != "title"):
                films.filter(pk=pk).update(**{name: stripped})


def set_ages(apps, schema_editor):
    films = apps.get_model("movies", "Movie").objects.filter(age_restriction=None)
    for certification in films.exclude(certification="").values_list("certification", flat=True).distinct():
        age = age_of(certification, settings.TMDB_REGION)
        if age is not None:
            films.filter(certification=certification).update(age_restriction=age)


# OMDb's texts come once; only films with an IMDb id are from there.
ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
TEXTS = Concat(
    *(Cast(name, TextField()) for name in ("title", "overview", "directors", "cast")), output_field=TextField()
)


def decode_entities(apps, schema_editor):
    films = apps.get_model("movies", "Movie").objects.filter(owner=None, imdb_id__isnull=False).defer("search_vector")
    for film in films.alias(texts=TEXTS).filter(texts__regex="&[#A-Za-z0-9]+;"):
        texts = {"title": film.title, "overview": film.overview, "directors": film.directors, "cast": film.cast}
        for name in texts.keys() - set(film.locked_fields):
            old = texts[name]
            setattr(film, name, [_decode(part) for part in old] if isinstance(old, list) else _decode(old))
        film.save(update_fields=list(texts))


def _decode(text):
    return strip_invisible(ENTITY.sub(lambda entity: html.unescape(entity[0]), text)).strip() or text


class Migration(migrations.Migration):
    dependencies = [("movies", "0016_film_identity")]

    operations = [
        migrations.RunSQL(REFRESH, migrations.RunSQL.noop),
        migrations.RunPython(strip_titles, migrations.RunPython.noop),
        migrations.RunPython(set_ages, migrations.RunPython.noop),
        migrations.RunPython(decode_entities, migrations.RunPython.noop),
    ]
