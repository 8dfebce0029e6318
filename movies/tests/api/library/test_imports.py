"""API of library imports."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.sign_in import tokens
from accounts.tests.factories import UserFactory
from movies.importing import applying, dry_run, reading
from movies.models import LibraryImport, LibraryImportRow, Rating
from movies.tests.api.answers import read_errors
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

LIBRARY = "/api/v1/library"
IMPORTS = f"{LIBRARY}/imports"
RATINGS = "marquee_id,title,year,rating,review\n"


@pytest.fixture
def upload(ask):
    def send(text, name="ratings.csv", **fields):
        content = text.encode() if isinstance(text, str) else text
        return ask("post", IMPORTS, {"file": SimpleUploadedFile(name, content)} | fields)

    return send


class TestBringingIn:
    def test_the_whole_way(self, ask, upload, ana):
        film = MovieFactory(title="Heat", year=1995)
        answer = upload(RATINGS + f",Heat,1995,8,{'Long ' * 100}\n,None,1990,7,\n,Heat,1995,11,")
        job = LibraryImport.objects.get()
        path = f"{IMPORTS}/{job.pk}"
        shown = {
            "id": job.pk,
            "source": "marquee",
            "filename": "ratings.csv",
            "overwrite": False,
            "status": "checking",
            "progress": 1,
            "total": 3,
            "notes": [],
            "error": "",
            "counts": {"invalid": 1},
            "created_at": job.created_at.isoformat().replace("+00:00", "Z"),
            "finished_at": None,
        }
        assert (answer.status_code, answer["Location"], answer.json()) == (202, path, shown)
        assert ask("get", path).json() == shown
        dry_run.check_import(job.pk)
        shown |= {"status": "checked", "progress": 3, "counts": {"invalid": 1, "create": 1, "unmatched": 1}}
        assert ask("get", path).json() == shown
        assert not Rating.objects.exists()
        answer = ask("post", f"{path}/apply")
        shown |= {"status": "applying", "progress": 2}
        assert (answer.status_code, answer["Location"], answer.json()) == (202, path, shown)
        assert read_errors(ask("post", f"{path}/apply"))[:2] == (409, "conflict")
        assert read_errors(ask("delete", path))[:2] == (409, "conflict")
        applying.apply_import(job.pk)
        assert ask("get", path).json()["status"] == "done"
        assert Rating.objects.get().movie == film
        rows = ask("get", f"{path}/rows").json()
        assert rows["meta"]["total"] == 3
        said = {"title": "Heat", "year": 1995, "rating": 8, "review": ("Long " * 100)[:140]}
        assert rows["items"] == [
            {
                "file": "",
                "line": 2,
                "kind": "rating",
                "said": said,
                "movie": {"id": film.pk, "title": "Heat", "year": 1995},
                "outcome": "create",
                "message": "",
                "note": "",
                "applied": True,
            },
            {
                "file": "",
                "line": 3,
                "kind": "rating",
                "said": {"title": "None", "year": 1990, "rating": 7, "review": ""},
                "movie": None,
                "outcome": "unmatched",
                "message": "No film has this title and year.",
                "note": "",
                "applied": False,
            },
            {
                "file": "",
                "line": 4,
                "kind": "rating",
                "said": {"title": "Heat", "year": 1995},
                "movie": None,
                "outcome": "invalid",
                "message": "“11” is not a rating from 1 to 10, whole.",
                "note": "",
                "applied": False,
            },
        ]
        assert ask("delete", path).status_code == 204
        assert read_errors(ask("get", path))[:2] == (404, "not_found")
        assert Rating.objects.exists()

    def test_the_rows_can_be_narrowed_and_paged(self, ask, upload):
        upload(RATINGS + "".join(f",F{n},1995,{n},\n" for n in range(1, 13)))
        path = f"{IMPORTS}/{LibraryImport.objects.get().pk}/rows"

        def lines(**parameters):
            return [row["line"] for row in ask("get", path, parameters).json()["items"]]

        assert lines(outcome="invalid") == [12, 13]
        assert lines(kind="viewing") == []
        assert lines(ordering="-line", limit=2) == [13, 12]
        assert lines(limit=2, page=2) == [4, 5]
        assert {field for field, _ in read_errors(ask("get", path, {"outcome": "x", "kind": "y"}))[2]} == {
            "outcome",
            "kind",
        }
        assert read_errors(ask("get", path, {"outcom": "invalid"}))[2][0][0] == "outcom"

    def test_a_poster_never_leaves_the_database_for_a_list(self, ask, upload):
        upload(json.dumps({"marquee": 1, "films": [{"title": "A", "poster": "x" * 1_000_000}]}), "a.json")
        dry_run.check_import(LibraryImport.objects.get().pk)
        answer = ask("get", f"{IMPORTS}/{LibraryImport.objects.get().pk}/rows")
        assert answer.json()["items"][0]["said"] == {"title": "A"}

    def test_own_imports_the_newest_first(self, ask, ana):
        for status in ("done", "checked"):
            LibraryImport.objects.create(user=ana, source="imdb", filename=status, status=status)
        LibraryImport.objects.create(user=UserFactory(), source="imdb")
        assert [job["filename"] for job in ask("get", IMPORTS).json()["items"]] == ["checked", "done"]

    @pytest.mark.parametrize("number", [1, 3])
    def test_queries_do_not_grow_with_the_rows(self, client, ana, number, django_assert_num_queries):
        for n in range(number):
            job = LibraryImport.objects.create(user=ana, source="imdb", status="checked")
            row = {"kind": "rating", "said": {}, "job": job}
            LibraryImportRow.objects.bulk_create(
                LibraryImportRow(line=line, movie=MovieFactory(), **row) for line in range(n + 1)
            )
        headers = {"Authorization": f"Bearer {tokens.open_sign_in(ana).access}"}
        for path, queries in ((IMPORTS, 2), (f"{IMPORTS}/{job.pk}/rows", 3)):
            with django_assert_num_queries(queries):
                assert len(client.get(path, headers=headers).json()["items"]) == number

    def test_overwrite_and_source(self, ask, upload):
        assert upload(RATINGS + ",x,1995,8,", overwrite="true", source="marquee").json()["overwrite"] is True
        LibraryImport.objects.update(status="checked")
        said = read_errors(upload(RATINGS + ",x,1995,8,", source="imdb"))
        assert said[0] == 400
        assert said[2][0][0] == "file"
        assert said[2][0][1].startswith("This is not a file from IMDb.")

    def test_one_at_a_time(self, ask, upload):
        assert upload(RATINGS + ",x,1995,8,").status_code == 202
        assert read_errors(upload(RATINGS + ",x,1995,8,")) == (
            409,
            "duplicate",
            [("file", "Another of your files is being processed.")],
        )

    def test_a_second_file_is_refused_before_its_body_is_taken_apart(self, ask, upload, monkeypatch):
        assert upload(RATINGS + ",x,1995,8,").status_code == 202

        def fail(*args, **options):
            raise AssertionError("The body was taken apart.")

        monkeypatch.setattr("rest_framework.parsers.MultiPartParser.parse", fail)
        assert upload(b"x" * 19_000_000).status_code == 409

    def test_a_large_file_is_read_in_the_background(self, ask, upload):
        job = upload(RATINGS + f",x,1995,8,{'r' * 900}\n" * 300).json()
        assert (job["status"], job["source"], job["total"], job["counts"]) == ("checking", "", 0, {})
        dry_run.check_import(job["id"])
        job = ask("get", f"{IMPORTS}/{job['id']}").json()
        assert (job["status"], job["source"], job["total"]) == ("checked", "marquee", 300)

    def test_a_large_file_that_cannot_be_read(self, ask, upload):
        job = upload(RATINGS.encode() + b",x,1995,8,\n" * 20_000 + b"\x81").json()
        dry_run.check_import(job["id"])
        job = ask("get", f"{IMPORTS}/{job['id']}").json()
        assert (job["status"], job["error"][:29]) == ("failed", "The encoding of the file is u")
        assert ask("delete", f"{IMPORTS}/{job['id']}").status_code == 204

    @pytest.mark.parametrize(
        ("content", "beginning"),
        [
            (b"", "The file is empty."),
            (b"\0", "The file contains NUL"),
            (b"\x81", "The encoding of the file is unknown."),
            (b"hello", "This file is not recognised. You can import exports of Marquee"),
        ],
    )
    def test_what_is_no_such_file(self, upload, content, beginning):
        status, code, ((field, message),) = read_errors(upload(content))
        assert (status, code, field) == (400, "validation_failed", "file")
        assert message.startswith(beginning)
        assert not LibraryImport.objects.exists()

    def test_fields_that_are_missing_or_unknown(self, ask, upload):
        said = read_errors(ask("post", IMPORTS, {"overwrite": "perhaps", "surce": "imdb", "source": "x"}))
        assert {field for field, _ in said[2]} == {"file", "overwrite", "surce", "source"}
        said = read_errors(ask("post", IMPORTS, {"file": "text"}, content_type="application/json"))
        assert [field for field, _ in said[2]] == ["file"]
        assert read_errors(ask("post", f"{IMPORTS}?file=x", {}))[2][0][0] == "file"

    def test_a_file_that_is_too_large(self, upload, monkeypatch, settings):
        monkeypatch.setattr(reading, "MAX_BYTES", 100)
        assert read_errors(upload("x" * 101)) == (413, "payload_too_large", [])
        settings.MAX_UPLOAD_BYTES = 200
        assert read_errors(upload("x" * 300))[:2] == (413, "payload_too_large")

    def test_the_name_of_the_file_is_only_a_name(self, upload):
        answer = upload(RATINGS + ",x,1995,8,", name="../../etc/" + "n" * 300 + "\u202e.csv")
        assert answer.json()["filename"] == "n" * 196 + ".csv"


class TestSomebodyElse:
    @pytest.fixture
    def path(self, upload):
        upload(RATINGS + ",x,1995,8,")
        return f"{IMPORTS}/{LibraryImport.objects.get().pk}"

    @pytest.mark.parametrize(("method", "end"), [("get", ""), ("delete", ""), ("get", "/rows"), ("post", "/apply")])
    def test_their_files_are_not_there(self, ask, client, path, method, end):
        assert read_errors(ask(method, path + end, user=UserFactory()))[:2] == (404, "not_found")
        assert read_errors(getattr(client, method)(path + end))[:2] == (401, "not_authenticated")
        assert LibraryImport.objects.exists()
