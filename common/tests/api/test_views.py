"""What the API says of itself: its root, its OpenAPI document, and the page to try it."""

import os
import subprocess
import sys

import pytest
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

from common.errors import Code

ERRORS = {"400", "405", "406", "429", "500", "503"}


@pytest.fixture
def document(client):
    return client.get("/api/v1/schema").json()


def test_root(client, settings):
    settings.CINEMA_NAME, settings.MARQUEE_VERSION = "Roxy", "1.2.3"
    expected = {
        "name": "Roxy",
        "version": "1.2.3",
        "api": "/api/v1",
        "documentation": "/api/v1/docs",
        "schema": "/api/v1/schema",
        "health": "/api/v1/health",
    }
    assert client.get("/api").json() == client.get("/api/").json() == expected
    assert all(client.get(expected[name]).status_code in {200, 503} for name in ("documentation", "schema"))


def test_the_document_is_valid_openapi_31(document):
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


def test_json_unless_yaml_is_asked_for(client, document):
    assert client.get("/api/v1/schema", headers={"Accept": "text/html, */*"}).json() == document
    response = client.get("/api/v1/schema", headers={"Accept": "application/yaml"})
    assert response.headers["Content-Type"] == "application/yaml; charset=utf-8"
    assert yaml.safe_load(response.content) == document


def test_only_paths_without_a_slash(document):
    assert "/api" in document["paths"]
    assert [path for path in document["paths"] if path.endswith("/")] == []


def test_names_are_tidy(document):
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert {"root_retrieve", "genres_list", "genres_retrieve", "health_live_retrieve"} <= set(names)
    assert {tag for operation in operations for tag in operation["tags"]} == {"site"}


@pytest.mark.parametrize(
    ("path", "method", "more"),
    [
        ("/api/v1/genres", "get", set()),
        ("/api/v1/genres/{id}", "get", {"404"}),
        ("/api/v1/private", "get", {"401", "403"}),
        ("/api/v1/private", "post", {"401", "403", "409"}),
    ],
)
def test_every_operation_documents_its_errors(document, path, method, more):
    responses = document["paths"][path][method]["responses"]
    assert set(responses) - {"200"} == ERRORS | more
    for status in ERRORS | more:
        assert responses[status] == {"$ref": f"#/components/responses/Error{status}"}
    assert document["components"]["responses"]["Error400"]["content"] == {
        "application/json": {"schema": {"$ref": "#/components/schemas/Error"}}
    }


def test_an_answer_of_the_views_own_stays(document):
    responses = document["paths"]["/api/v1/health"]["get"]["responses"]
    assert responses["503"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Health"}


def test_the_error_schema_is_the_error(client, document):
    schema = document["components"]["schemas"]["Error"]
    assert schema["required"] == list(client.get("/api/v1/gone").json())
    assert [*schema["required"], "details"] == list(schema["properties"])
    codes = document["components"]["schemas"]["ErrorCode"]
    assert codes["enum"] == Code.values
    assert all(code.label in codes["description"] for code in Code)


def test_lists_document_their_parameters(document):
    parameters = {item["name"]: item for item in document["paths"]["/api/v1/genres"]["get"]["parameters"]}
    assert set(parameters) == {"page", "limit", "ordering", "cursor", "fields", "name", "slug"}
    assert parameters["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
    assert parameters["ordering"]["schema"] == {
        "type": "string",
        "enum": ["name", "slug", "-name", "-slug"],
        "default": "name",
    }
    assert parameters["fields"]["description"] == "Only these fields, separated by commas, of: id, name, slug."


def test_the_page_has_no_inline_script_or_style(client):
    html = client.get("/api/v1/docs").content.decode()
    assert html.count("<script") == html.count("<script src=")
    assert "<style" not in html
    script = client.get("/api/v1/docs?script=")
    assert script.headers["Content-Type"] == "application/javascript"
    assert 'url: "/api/v1/schema"' in script.content.decode().replace("\\u002D", "-")


# Libraries and parts that are imported where they are used: they would be half of every start.
LATE = ["boto3", "botocore", "confusable_homoglyphs", "fontTools", "fpdf", "icalendar", "import_export.resources"]
LATE += ["movies.admin", "openpyxl", "PIL", "rest_framework.views", "socketio", "zxcvbn"]

EIGHT_AT_ONCE = f"""
import sys
import django
django.setup()
print([name for name in {LATE} if name in sys.modules])
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from django.conf import settings
from common.api.views import openapi_document

together = Barrier(8)

def read(_):
    together.wait(60)
    return len(openapi_document(settings.ROOT_URLCONF)["paths"])

with ThreadPoolExecutor(8) as pool:
    print(len(set(pool.map(read, range(8)))))
"""


def test_a_new_process_imports_little_and_answers_eight_first_requests_at_once():
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(
        [sys.executable, "-c", EIGHT_AT_ONCE], env=environment, capture_output=True, text=True, timeout=120, check=False
    )

    assert (done.returncode, done.stdout.split()) == (0, ["[]", "1"]), done.stderr
