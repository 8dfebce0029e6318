"""Parts of pages that are rendered once."""

import pytest
from django.template import Context, Template
from django.test import override_settings
from django.utils.safestring import mark_safe

from movies.models import Genre, Movie
from movies.tests.factories import GenreFactory, MovieFactory, RatingFactory


class Count:
    """Tells how often it was shown."""

    def __init__(self) -> None:
        self.times = 0

    def __str__(self) -> str:
        self.times += 1
        return f"time {self.times}"


def part(values: str, shown: str = "{{ count }}") -> Template:
    return Template(f"{{% load keep %}}{{% keep {values} %}}{shown}{{% endkeep %}}")


def test_equal_values_show_what_was_rendered_first():
    count, template = Count(), part("place names flags")
    for place, names, flags, expected in (
        ("a", ["x"], {"k": 1}, "time 1"),
        ("a", ["x"], {"k": 1}, "time 1"),
        ("b", ["x"], {"k": 1}, "time 2"),
        ("a", ["x", "y"], {"k": 1}, "time 3"),
        ("a", ["x"], {"k": 2}, "time 4"),
        ("a", ["x"], {"k": True}, "time 5"),
        ("a", ["x"], {"k": 1}, "time 1"),
    ):
        context = {"count": count, "place": place, "names": names, "flags": flags}
        assert template.render(Context(context)) == expected


def test_values_that_are_missing_are_values_too():
    count, template = Count(), part("user.name")
    assert template.render(Context({"count": count})) == "time 1"
    assert template.render(Context({"count": count, "user": {"name": "ana"}})) == "time 2"
    assert template.render(Context({"count": count})) == "time 1"


def test_what_has_to_be_escaped_is_not_taken_for_what_is_safe():
    template = part("text", "{{ text }}")
    assert template.render(Context({"text": "<b>"})) == "&lt;b&gt;"
    assert template.render(Context({"text": mark_safe("<b>")})) == "<b>"
    assert template.render(Context({"text": "<b>"})) == "&lt;b&gt;"


def test_no_more_than_some_parts_are_kept():
    count, template = Count(), part("number", "{{ count }} {{ long }}")
    for number in [*range(200), 199]:
        template.render(Context({"count": count, "number": number, "long": "x" * 1_000}))
    assert count.times == 200
    assert template.render(Context({"count": count, "number": 0})) == "time 201 "


def test_a_changed_setting_forgets_all():
    count, template = Count(), part("")
    for expected in ("time 1", "time 1"):
        assert template.render(Context({"count": count})) == expected
    with override_settings(CINEMA_NAME="Other"):
        assert template.render(Context({"count": count})) == "time 2"


def test_a_value_that_cannot_be_compared_is_refused():
    with pytest.raises(TypeError):
        part("names").render(Context({"names": {1, 2}}))


@pytest.mark.django_db
def test_rows_are_compared_by_what_was_loaded_of_them():
    template = part("movie", "{{ movie.title }}: {% for genre in movie.genres.all %}{{ genre.name }} {% endfor %}")
    pk = MovieFactory(title="Heat", genres=[GenreFactory(name="Crime")]).pk

    def show() -> str:
        return template.render(Context({"movie": Movie.objects.prefetch_related("genres").get(pk=pk)}))

    assert show() == "Heat: Crime "
    Genre.objects.update(name="Thriller")
    assert show() == "Heat: Thriller "
    Movie.objects.update(title="Heat 2")
    assert show() == "Heat 2: Thriller "


@pytest.mark.django_db
def test_rows_are_compared_with_their_related_rows():
    template = part("rating", "{{ rating.user.username }}")
    rating = RatingFactory(user__username="ana")
    assert template.render(Context({"rating": rating})) == "ana"
    rating.user.username = "eva"
    assert template.render(Context({"rating": rating})) == "eva"
