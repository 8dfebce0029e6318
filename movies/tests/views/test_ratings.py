"""Rating on a film's page, and the page of its ratings."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from accounts.tests.factories import UserFactory
from movies.models import Rating, Viewing
from movies.tests.factories import GenreFactory, MovieFactory, RatingFactory, ViewingFactory
from tests.pages import text_of

pytestmark = pytest.mark.django_db
CREATED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def heat():
    return MovieFactory(title="Heat")


def rate(client, movie, follow=True, **data):
    return client.post(f"/movies/{movie.pk}/rating/", data, follow=follow)


# --- The film's page ---


def test_rating_needs_a_sign_in_and_leads_back(client, heat):
    page = client.get(heat.get_absolute_url()).content.decode()
    assert f'href="/account/sign-in/?next=/movies/{heat.pk}-heat/%23yours">Sign in to rate this film' in page
    assert 'name="rating"' not in page
    response = rate(client, heat, follow=False, rating=7)
    assert (response.status_code, response["Location"]) == (302, f"/account/sign-in/?next=/movies/{heat.pk}-film/")
    assert not Rating.objects.exists()


def test_htmx_is_redirected_to_the_sign_in_page(client, heat):
    response = client.post(f"/movies/{heat.pk}/rating/", {"rating": 7}, headers={"HX-Request": "true"})
    assert response["HX-Redirect"] == f"/account/sign-in/?next=/movies/{heat.pk}-film/"


def test_a_rating_is_saved_changed_and_deleted(client, ana, heat):
    page = client.get(heat.get_absolute_url())
    assert "From 1 (worst) to 10 (best)" in text_of(page)
    assert page.content.decode().count('type="radio"') == 10

    response = rate(client, heat, rating=8, review=" Loud.\r\nLong. ")
    assert response.redirect_chain == [(f"{heat.get_absolute_url()}#yours", 302)]
    page_text = text_of(response)
    expected = (
        "Your rating has been saved.",
        "You gave it 8 out of 10",
        "1 rating here 8.0",
        "ana 8 /10",
        "Loud. Long.",
    )
    for words in expected:
        assert words in page_text, words
    assert 'value="8" ' in (checked := re.search(r"<input[^>]*checked[^>]*>", response.content.decode())[0]), checked
    assert 'aria-label="Delete my rating and review"' in response.content.decode()

    page_text = text_of(rate(client, heat, rating=3))
    assert "You gave it 3 out of 10" in page_text
    assert (Rating.objects.get().rating, Rating.objects.get().review) == (3, "")

    page_text = text_of(client.post(f"/movies/{heat.pk}/rating/remove/", follow=True))
    assert "Your rating has been deleted." in page_text
    assert "rating here" not in page_text
    assert not Rating.objects.exists()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"review": ""}, "Choose a rating from 1 to 10, or write a review."),
        ({"rating": "", "review": " "}, "Choose a rating from 1 to 10, or write a review."),
        ({"rating": "11"}, "Rate from 1 to 10."),
        ({"rating": "7.5"}, "Rate from 1 to 10."),
        ({"rating": "<script>"}, "Rate from 1 to 10."),
        ({"rating": 7, "review": "x" * 10_001}, "A review has at most 10,000 characters; this has 10,001."),
        ({"rating": 7, "review": "nul \0"}, "Null characters are not allowed."),
    ],
)
def test_errors_are_shown_and_the_review_is_kept(client, ana, heat, data, words):
    given = {"review": "I wrote this."} | data
    response = rate(client, heat, **given)
    page = response.content.decode()
    assert response.status_code == 200
    assert words in page
    assert given["review"].replace("\0", "")[:20] in page.replace("\0", "")
    assert not Rating.objects.exists()


def test_a_review_without_a_rating(client, ana, heat):
    page_text = text_of(rate(client, heat, review="Only words."))
    assert (Rating.objects.get().rating, Rating.objects.get().review) == (None, "Only words.")
    for words in ("Your rating has been saved.", "From 1 (worst) to 10 (best)", "All reviews", "ana "):
        assert words in page_text, words
    for nothing in ("None", "/10", "You gave it", "rating here"):
        assert nothing not in page_text, nothing
    for path in (f"{heat.get_absolute_url()}ratings/", "/ratings/", "/ratings/?ordering=-rating"):
        page_text = text_of(client.get(path))
        assert "Only words." in page_text
        assert "None" not in page_text
        assert "/10" not in page_text


def test_line_breaks_count_as_one_character(client, ana, heat):
    """A browser sends a line break as two characters."""
    rate(client, heat, rating=5, review="\r\n".join("x" * 5_000))
    assert len(Rating.objects.get().review) == 9_999


def test_reviews_are_escaped(client, ana, heat):
    page = rate(client, heat, rating=5, review="<script>alert(1)</script></textarea>").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;/textarea&gt;" in page


def test_only_visible_films_can_be_rated(client, ana, heat):
    hidden = MovieFactory(owner=UserFactory(), tmdb_id=None)
    own = MovieFactory(owner=ana, tmdb_id=None)
    assert rate(client, hidden, rating=7).status_code == 404
    assert client.post("/movies/99999999999999999999/rating/", {"rating": 7}).status_code == 404
    assert rate(client, own, rating=7).status_code == 200
    assert Rating.objects.get().movie == own


def test_the_address_of_the_form_redirects_to_the_film(client, ana, heat):
    for path in ("rating/", "rating/remove/", "seen/"):
        response = client.get(f"/movies/{heat.pk}/{path}", follow=True)
        assert response.redirect_chain[-1][0] == heat.get_absolute_url()


def test_the_film_page_shows_newest_reviews_and_rating_distribution(client, heat):
    for n in range(1, 13):
        RatingFactory(movie=heat, rating=n % 3 + 1, review=f"Review {n}.", created_at=CREATED + timedelta(days=n))
    bea = RatingFactory(movie=heat, rating=10, created_at=CREATED + timedelta(days=20)).user
    seen = Rating.objects.get(review="Review 12.")
    ViewingFactory(user=seen.user, movie=heat, source=Viewing.Source.TICKET)
    response = client.get(heat.get_absolute_url())
    page_text = text_of(response)
    assert re.findall(r"Review (\d+)\.", page_text) == [str(n) for n in range(12, 2, -1)]
    assert bea.username not in page_text
    assert page_text.count("Saw it here") == 1
    assert f"{seen.user.username} 1 /10 ✓ Saw it here 14 Jan 2026" in page_text
    assert "13 ratings" in page_text
    assert "Number of ratings by score 1 2 3 4 5 6 7 8 9 10 4 4 4 0 0 0 0 0 0 1" in page_text
    bars = re.findall(r'<rect[^>]* height="(\d+)"', response.content.decode().partition('class="spread"')[2])
    assert bars[:10] == ["60", "60", "60", "2", "2", "2", "2", "2", "2", "15"]
    assert f'href="{heat.get_absolute_url()}ratings/"' in response.content.decode()


def test_a_long_review_is_folded(client, heat):
    RatingFactory(movie=heat, review="word " * 400)
    page = client.get(heat.get_absolute_url()).content.decode()
    assert page.count("Read more") == 1
    assert page.count("word " * 399) == 1


def test_the_source_of_imdb_ratings_is_named(client):
    assert "IMDb" not in text_of(client.get(MovieFactory().get_absolute_url()))
    film = MovieFactory(imdb_rating=8.3)
    assert "IMDb data from OMDb (CC BY-NC 4.0)" in text_of(client.get(film.get_absolute_url()))


def test_the_owner_sees_that_the_film_is_private(client, ana, heat):
    own = MovieFactory(owner=ana, tmdb_id=None)
    response = client.get(own.get_absolute_url())
    assert "Only you can see this film." in text_of(response)
    assert f'href="/my-movies/{own.pk}/edit/"' in response.content.decode()
    assert "Only you can see this film." not in text_of(client.get(heat.get_absolute_url()))


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_of_the_film_page_do_not_grow(client, count, django_assert_num_queries):
    drama = GenreFactory()
    heat, _ = MovieFactory(title="Heat", genres=[drama]), MovieFactory(genres=[drama])
    ana = UserFactory()
    for n in range(count):
        RatingFactory(movie=heat, review="Fine.")
        ViewingFactory(user=ana, movie=heat, watched_at=CREATED + timedelta(days=n))
    with django_assert_num_queries(6):  # film and genres, similar ones, sessions, spread, reviews
        client.get(heat.get_absolute_url())
    client.force_login(ana)
    # And session, person, own rating, own viewings, watchlist, the bell.
    with django_assert_num_queries(12):
        client.get(heat.get_absolute_url())


# --- All ratings of a film ---


def test_all_ratings_of_a_film_have_pages(client, heat):
    for n in range(30):
        RatingFactory(movie=heat, review=f"Review {n}.", created_at=CREATED + timedelta(days=n))
    first = client.get(f"{heat.get_absolute_url()}ratings/")
    assert re.findall(r"Review (\d+)\.", text_of(first)) == [str(n) for n in range(29, 5, -1)]
    assert "30 ratings here 7.0" in text_of(first)
    second = client.get(f"{heat.get_absolute_url()}ratings/", {"page": 2})
    assert re.findall(r"Review (\d+)\.", text_of(second)) == [str(n) for n in range(5, -1, -1)]


def test_ratings_of_a_film_have_one_address_and_an_empty_page(client, heat):
    response = client.get(f"/movies/{heat.pk}-old/ratings/", follow=True)
    assert response.redirect_chain == [(f"/movies/{heat.pk}-heat/ratings/", 301)]
    assert "This film has no ratings yet" in text_of(response)


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_of_all_ratings_do_not_grow(client, heat, count, django_assert_num_queries):
    for _ in range(count):
        RatingFactory(movie=heat)
    with django_assert_num_queries(5):  # film and genres, how many, which, spread
        client.get(f"{heat.get_absolute_url()}ratings/")
