import pytest

from movies.models import Genre

pytestmark = pytest.mark.django_db
KNOWN = "expand, name, slug, page, limit, ordering, cursor, fields"


def errors(response):
    assert response.status_code == 400
    return {error["field"]: error["message"] for error in response.json()["errors"]}


@pytest.fixture
def genre():
    return Genre.objects.create(name="Comedy", slug="a")


def test_every_unknown_parameter_is_named(client, genre):
    message = f"Unknown parameter. Known: {KNOWN}."
    assert errors(client.get("/api/v1/genres?gnere=1&lmit=2&name=x")) == {"gnere": message, "lmit": message}


def test_a_detail_knows_no_list_parameters(client, genre):
    assert errors(client.get(f"/api/v1/genres/{genre.pk}?page=1&name=Comedy")) == {
        "page": "Unknown parameter. Known: expand, fields.",
        "name": "Unknown parameter. Known: expand, fields.",
    }


def test_what_the_view_declares_is_known(client, genre):
    assert client.get("/api/v1/genres?expand=x").status_code == 200


def test_a_single_valued_filter_sent_twice(client, genre):
    assert errors(client.get("/api/v1/genres?name=a&name=b")) == {"name": "Send this once."}


def test_a_multiple_choice_may_be_repeated(client, genre):
    assert [item["id"] for item in client.get("/api/v1/genres?slug=a&slug=b").json()["items"]] == [genre.pk]


def test_a_filters_own_complaint_names_it(client, genre):
    assert errors(client.get("/api/v1/genres?slug=z")) == {
        "slug": "Select a valid choice. z is not one of the available choices."
    }


def test_nul_in_a_value(client, genre):
    assert errors(client.get("/api/v1/genres?name=a%00b")) == {"name": "NUL characters are not allowed."}


def test_nul_in_a_name(client, genre):
    assert errors(client.get("/api/v1/genres?na%00me=a")) == {"na\0me": f"Unknown parameter. Known: {KNOWN}."}


def test_sparse_list_and_detail(client, genre):
    assert client.get("/api/v1/genres?fields=id,%20name").json()["items"] == [{"id": genre.pk, "name": "Comedy"}]
    assert client.get(f"/api/v1/genres/{genre.pk}?fields=slug,slug").json() == {"slug": "a"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("id,titel", 'Unknown: "titel". Known: id, name, slug.'),
        ("id,name.first,x", 'Unknown: "name.first", "x". Known: id, name, slug.'),
        ("", 'Unknown: "". Known: id, name, slug.'),
        ("id,", 'Unknown: "". Known: id, name, slug.'),
    ],
)
def test_unknown_fields_are_named_even_for_an_empty_list(client, fields, message):
    assert errors(client.get(f"/api/v1/genres?fields={fields}")) == {"fields": message}


def test_permission_comes_before_parameters(client, settings):
    assert client.get("/api/v1/private?x=1").status_code == 401


def test_a_generic_list_view(client, genre):
    message = "Unknown parameter. Known: tag, page, limit, fields."
    assert errors(client.get("/api/v1/listed-genres?x=1")) == {"x": message}
    assert client.get("/api/v1/listed-genres?limit=1&tag=a&tag=b").json()["meta"]["total"] == 1


def test_a_write_takes_no_list_parameters(client):
    response = client.post("/api/v1/listed-genres?page=1", {"name": "x", "slug": "x"}, content_type="application/json")
    assert errors(response) == {"page": "Unknown parameter. Known: tag."}
    assert not Genre.objects.exists()


def test_fields_do_not_touch_what_a_write_reads(client):
    genre = {"name": "Comedy", "slug": "comedy"}
    response = client.post("/api/v1/listed-genres", genre, content_type="application/json")
    assert response.json() == {"id": Genre.objects.get().pk, **genre}


def test_a_list_beside_the_list_is_a_list(client, genre):
    message = "Unknown parameter. Known: query, name, slug, page, limit, fields."
    assert errors(client.get("/api/v1/genres/search?ordering=name")) == {"ordering": message}
    response = client.get("/api/v1/genres/search?query=x&name=Comedy&limit=5&fields=name")
    assert response.json() == {
        "items": [{"name": "Comedy"}],
        "meta": {"page": 1, "limit": 5, "total": 1, "total_pages": 1, "total_is_exact": True, "next_cursor": None},
    }
