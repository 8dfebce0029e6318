"""The headers of outgoing mails, as bytes and as other programs read them."""

from email import message_from_bytes, policy

import pytest

from common.mail_headers import OutgoingMessage

LINK = f"<https://cinema.example/notifications/unsubscribe/{'a1b2' * 30}/>"
SUBJECTS = [
    "Dune",
    "A title of " + "many words " * 12,
    "L" + "o" * 140 + "ng",
    "Deine Karten: Die unerträgliche Leichtigkeit des Seins – eine Geschichte für immer, Freitag 20. November",
    "羅生門 " * 35,
    "جدایی نادر از سیمین: Friday 20 November, 20:40",
    "=?like an encoded word",
]


def write(subject, linesep="\r\n"):
    message = OutgoingMessage(
        subject,
        "Text",
        '"Kinö am Bühnenplatz mit einem sehr langen Namen" <box-office@cinema.example>',
        [f"{'someone' * 8}@{'mail' * 12}.example"],
        headers={"List-Unsubscribe": LINK, "Message-ID": f"<{'key' * 30}@cinema.example>"},
    )
    message.attach_alternative("<p>Text</p>", "text/html")
    message.attach("Kärtchen für den Kalender.ics", b"BEGIN:VCALENDAR", "text/calendar; method=PUBLISH")
    return message.message().as_bytes(linesep=linesep)


def headers_of(content):
    return content.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")


@pytest.mark.parametrize("subject", [subject.strip() for subject in SUBJECTS])
def test_every_header_begins_on_its_first_line_and_is_read_as_it_was(subject):
    content = write(subject)
    lines = headers_of(content)
    assert all(line.startswith(" ") or line.partition(":")[2].strip() for line in lines)
    assert all(line.strip() and len(line) <= 998 for line in lines)
    read = message_from_bytes(content, policy=policy.default)
    assert (read["Subject"], read["List-Unsubscribe"]) == (subject, LINK)
    assert read["From"].addresses[0].addr_spec == "box-office@cinema.example"
    assert read["To"].addresses[0].addr_spec == f"{'someone' * 8}@{'mail' * 12}.example"
    assert read["Message-ID"] == f"<{'key' * 30}@cinema.example>"


@pytest.mark.parametrize("subject", [subject.strip() for subject in SUBJECTS])
def test_lines_of_encoded_words_have_76_characters_at_most(subject):
    """RFC 2047, section 2."""
    assert all(len(line) <= 76 for line in headers_of(write(subject)) if "=?utf-8?" in line and "From" not in line)


def test_the_parts_have_such_headers_too():
    parts = [part for part in write("Dune").split(b"\r\n--") if b"Content-" in part]
    names = [line for part in parts for line in part.split(b"\r\n") if line.startswith((b"Content-", b"MIME-"))]
    assert len(names) >= 8
    assert all(line.partition(b":")[2].strip() for line in names)


def test_control_python_alone_folds_behind_the_colon():
    message = OutgoingMessage(SUBJECTS[4].strip(), "Text", "a@cinema.example", headers={"List-Unsubscribe": LINK})
    written = super(OutgoingMessage, message).message().as_bytes(linesep="\r\n")
    assert {"Subject: ", "List-Unsubscribe: "} <= set(headers_of(written))


def test_a_file_of_a_mail_has_such_headers(settings, tmp_path):
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "common.files.mails.EmailBackend", str(tmp_path)
    OutgoingMessage("羅生門 " * 35, "Text", "a@cinema.example", ["b@cinema.example"], headers={"X-Link": LINK}).send()
    (file,) = tmp_path.iterdir()
    lines = file.read_bytes().partition(b"\n\n")[0].decode("ascii").split("\n")
    assert f"X-Link: {LINK}" in lines
    assert next(line for line in lines if line.startswith("Subject:")).startswith("Subject: =?utf-8?")
