"""kill -9 of a real worker at the worst moment: the mail is written and not marked as sent yet."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection, transaction

from accounts.models import Mail, Notification
from accounts.notifications.notify import notify, wake_worker
from accounts.tests.factories import ConfirmedUserFactory
from accounts.tests.kinds import CANCELLATION

pytestmark = pytest.mark.django_db(transaction=True)
MAILS, LAST = 50, 20


def database_url():
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


@contextmanager
def worker(folder):
    """Run a real worker that writes its mails to `folder`/mail; kill it with its children at the end."""
    program = Path(sys.executable).parent / "celery"
    command = f"-A config worker --concurrency 1 --without-gossip --without-mingle --without-heartbeat -n {folder.name}"
    variables = os.environ | {"DATABASE_URL": database_url(), "EMAIL_URL": f"file://{folder}/mail"}
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [program, *command.split()],
            cwd=settings.BASE_DIR,
            env=variables,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until(true, process, folder):
    deadline = monotonic() + 90
    while not true():
        assert process.poll() is None, (folder / "worker.log").read_text()
        assert monotonic() < deadline, (folder / "worker.log").read_text()
        sleep(0.01)


def mail_files(folder):
    return sorted((folder / "mail").glob("*.eml"))


def count_sent():
    return Mail.objects.filter(state="sent").count()


def count_other_connections():
    """Return the number of other connections: PostgreSQL notices a killed client a moment later and frees its rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]


def test_each_of_fifty_mails_exists_exactly_once(tmp_path):
    people = [ConfirmedUserFactory() for _ in range(MAILS)]
    with transaction.atomic():
        for number, person in enumerate(people):  # they are sent in this order
            notify([person], CANCELLATION, f"session {number}", "Cancelled", "/tickets/")

    # The worker cannot mark the 20th mail while this lock lasts: the mail is written by then.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        Notification.objects.select_for_update().get(user=people[LAST - 1])
        with worker(tmp_path) as killed:
            wait_until(lambda: len(mail_files(tmp_path)) == LAST, killed, tmp_path)
    while count_other_connections():
        sleep(0.05)
    assert (len(mail_files(tmp_path)), count_sent()) == (LAST, LAST - 1)
    before = {file.name: file.stat().st_ino for file in mail_files(tmp_path)}

    with worker(tmp_path) as second:
        wake_worker()  # as beat does each minute
        wait_until(lambda: count_sent() == MAILS, second, tmp_path)
    mails = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in mail_files(tmp_path)]
    assert sorted(mail["To"] for mail in mails) == sorted(person.email for person in people)
    assert len({mail["Message-ID"] for mail in mails}) == MAILS
    assert list(Mail.objects.order_by().values_list("state", "attempts").distinct()) == [("sent", 1)]
    assert not Notification.objects.filter(emailed_at=None).exists()
    # Only the 20th was written twice.
    rewritten = [
        file.name for file in mail_files(tmp_path) if before.get(file.name, file.stat().st_ino) != file.stat().st_ino
    ]
    assert len(rewritten) == 1
