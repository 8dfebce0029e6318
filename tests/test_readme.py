"""The README's calls work as they stand, it leaves no setting out, and every path that a document names exists."""

import argparse
import json
import re
import shlex
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from django.conf import settings

from benchmarks.report import summary

README = (Path(settings.BASE_DIR) / "README.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines()]
# As much of curl as the README uses.
CURL = argparse.ArgumentParser()
CURL.add_argument("-s", action="store_true", required=True)
CURL.add_argument("-H", dest="header", action="append", default=[])
CURL.add_argument("-d", dest="data")
CURL.add_argument("address")
MAKEFILE = (Path(settings.BASE_DIR) / "Makefile").read_text()


CALLS = [command for command in COMMANDS if command.startswith("curl")]
SIGN_IN, LAST_SESSION = "ACCESS=$(", "SESSION=$("


def call(site, command):
    asked = CURL.parse_args(shlex.split(command)[1:])
    headers = dict(header.split(": ", 1) for header in asked.header)
    address = asked.address.replace("http://127.0.0.1:8000", site.url)
    with urlopen(Request(address, asked.data and asked.data.encode(), headers), timeout=60) as response:
        assert response.status in ({200, 201} if asked.data else {200})
        assert response.headers["Content-Type"].startswith(("application/json", "application/vnd.oai.openapi+json"))
        return json.load(response)


def kept(variable):
    """The call whose answer a line of the README keeps in a variable of the shell."""
    (line,) = [command for command in COMMANDS if command.startswith(variable)]
    return line.removeprefix(variable).partition(" | ")[0]


@pytest.fixture
def last_session(site):
    return str(call(site, kept(LAST_SESSION))["items"][0]["id"])


@pytest.mark.xdist_group("site 1")
@pytest.mark.parametrize("command", [command for command in CALLS if "$ACCESS" not in command])
def test_every_call_of_the_api_can_be_copied(site, last_session, command):
    assert call(site, command.replace("$SESSION", last_session))


@pytest.mark.xdist_group("site 1")
def test_the_calls_of_somebody_signed_in_can_be_copied_in_their_order(site, last_session):
    assert call(site, kept(SIGN_IN))["access"]
    newcomer = json.dumps(
        {
            "username": "reader",
            "email": "reader@example.org",
            "password": "a page of the readme",
            "date_of_birth": "1990-01-01",
        }
    )
    register = f"curl -s -H 'Content-Type: application/json' -d '{newcomer}' '{site.url}/api/v1/auth/register'"
    access = call(site, register)["access"]  # the demo's customer may have rated these films
    for command in CALLS:
        if "$ACCESS" in command:
            assert call(site, command.replace("$ACCESS", access).replace("$SESSION", last_session))


@pytest.mark.xdist_group("site 1")
def test_the_commands_of_the_sync_can_be_copied(site):
    site.tmdb.pages(2)
    said = [
        site.manage(*shlex.split(command)[2:]) for command in COMMANDS if command.startswith(".venv/bin/python manage")
    ]
    assert [line.split(":")[0] for line in said] == ["Genres", "Films"]


def test_every_other_command_is_a_target_of_make():
    others = {
        command
        for command in COMMANDS
        if not command.startswith(("curl", SIGN_IN, LAST_SESSION, ".venv/bin/python manage"))
    }
    assert others == {"make run", "make test"}
    assert {f"{name}:" for name in ("run", "test")} <= set(MAKEFILE.split())


def test_every_setting_is_in_the_table_and_in_the_example():
    modules = (Path(settings.BASE_DIR) / "config" / "settings").glob("*.py")
    source = "\n".join(module.read_text() for module in modules)
    names = set(re.findall(r'(?:env\.\w+|required_\w+)\(\s*"([A-Z0-9_]+)"', source)) - {"ENV_FILE"}
    example = set(re.findall(r"^#([A-Z0-9_]+)=", (Path(settings.BASE_DIR) / ".env.example").read_text(), re.MULTILINE))
    assert len(names) > 25
    assert names == example
    assert names <= set(re.findall(r"`([A-Z0-9_]+)`", README))


def test_every_library_has_its_line():
    asked = [
        re.split(r"[\[~<>=\s]", line)[0]
        for name in ("requirements.in", "requirements-dev.in")
        for line in (Path(settings.BASE_DIR) / name).read_text().splitlines()
        if line and not line.startswith(("#", "-"))
    ]
    groups = {"pytest": "pytest", "types": "mypy", "django-stubs": "mypy", "djangorestframework-stubs": "mypy"}
    groups |= {"axe-playwright-python": "axe", "time-machine": "pytest"}
    table = README[README.index("### Why these libraries") : README.index("## Deploy")].lower()
    assert [name for name in asked if groups.get(name, groups.get(name.split("-")[0], name)) not in table] == []


ROOT = Path(settings.BASE_DIR)
DOCUMENTS = ["README.md", "CONTRIBUTING.md", *(f"docs/{file.name}" for file in (ROOT / "docs").glob("*.md"))]
# `make run` makes the first, and an operator the second.
MADE_LATER = {"var", ".env"}
FILE = re.compile(r".+\.(py|md|txt|html|js|css|sql|yml|toml|png)")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_a_document_names_exists(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)\)|src=\"([^\"]+)\"", text)
    named = {Path(document).parent / (link or source) for link, source in links}
    folders = {entry.name for entry in ROOT.iterdir()}
    for name in re.findall(r"`([a-z][\w.-]*/[\w./-]*)`", text):
        if FILE.fullmatch(name) or name.split("/")[0] in folders:
            named.add(Path(name))
    assert named
    assert [str(path) for path in sorted(named) if path.parts[0] not in MADE_LATER and not (ROOT / path).exists()] == []


def test_the_table_of_how_fast_it_is_shows_the_latest_results(tmp_path):
    written = tmp_path / "README.md"
    written.write_text(README, encoding="utf-8")

    summary.write(written, Path(settings.BASE_DIR) / "benchmarks" / "results")

    assert written.read_text(encoding="utf-8") == README
