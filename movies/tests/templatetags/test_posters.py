import pytest
from django.template import Context, Template

from movies.models import Movie
from movies.posters import drawn
from movies.tests.factories import GenreFactory, MovieFactory


def render(movie, arguments=""):
    shown = Template(f"{{% load posters %}}{{% poster movie {arguments} %}}").render(Context({"movie": movie}))
    return " ".join(shown.split())


@pytest.mark.django_db
def test_a_film_without_a_poster_names_a_drawn_one():
    movie = MovieFactory(title="Heat", year=1995, directors=["Michael Mann"])
    movie.genres.add(GenreFactory(name="Crime"))
    key = drawn.key_of(drawn.Shown("Heat", ("Michael Mann",), 1995, ("Crime",)))
    assert render(movie) == (
        f'<img class="poster" src="/posters/{movie.pk}-{key}.svg" width="300" height="450" alt="" decoding="async" '
        'loading="lazy">'
    )


@pytest.mark.parametrize(("first", "loading"), [("True", ""), ("False", ' loading="lazy"')])
def test_the_films_own_poster(first, loading):
    movie = Movie(title="Heat", poster_key="abc")
    urls = movie.poster_urls
    assert render(movie, f'sizes="10rem" first={first}') == (
        f'<img class="poster" src="{urls["w342"]}" srcset="{urls["w185"]} 185w, {urls["w342"]} 342w, '
        f'{urls["w780"]} 780w" sizes="10rem" width="342" height="513" alt="" decoding="async"{loading}>'
    )
