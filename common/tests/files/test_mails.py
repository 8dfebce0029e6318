"""Mails as files: one mail, one file, however often it is written."""

from email import message_from_bytes, policy

import pytest
from django.core.mail import EmailMessage, get_connection, send_mail

from config.settings import services


@pytest.fixture
def folder(settings, tmp_path):
    settings.EMAIL_BACKEND = "common.files.mails.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    return tmp_path / "mail"


def read(file):
    return message_from_bytes(file.read_bytes(), policy=policy.default)


def test_a_mail_is_a_file_that_mail_programs_open(folder):
    assert send_mail("Karten für Ana", "Reihe A, Platz 1", "noreply@cinema.example", ["ana@example.org"]) == 1
    (file,) = folder.iterdir()
    written = read(file)
    assert (written["Subject"], written["To"], written.get_content().strip()) == (
        "Karten für Ana",
        "ana@example.org",
        "Reihe A, Platz 1",
    )
    assert file.suffix == ".eml"
    assert file.stem in written["Message-ID"]


def message(body, key="notice.1@cinema.example"):
    return EmailMessage("Hello", body, to=["ana@example.org"], headers={"Message-ID": f"<{key}>"})


def test_one_that_is_written_again_is_still_one(folder):
    with get_connection() as files:
        assert files.send_messages([message("first"), message("other", "notice.2@cinema.example")]) == 2
        files.send_messages([message("again")])
    assert {file.name: read(file).get_content().strip() for file in folder.iterdir()} == {
        "notice.1@cinema.example.eml": "again",
        "notice.2@cinema.example.eml": "other",
    }


def test_with_djangos_own_store_it_is_two(folder, settings):
    """The control: there, what was written twice is twice there."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    for _ in range(2):
        message("again").send()
    assert sum(file.read_bytes().count(b"Message-ID: <notice.1@") for file in folder.iterdir()) == 2


def test_no_message_id_leads_out_of_the_folder(folder):
    message("x", "../../etc/passwd").send()
    assert [file.name for file in folder.iterdir()] == [".._.._etc_passwd.eml"]


def test_it_is_what_the_site_uses_without_a_server():
    assert services.EMAIL_BACKEND == "common.files.mails.EmailBackend"
