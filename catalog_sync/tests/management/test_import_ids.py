"""The command that imports TMDB's id export."""

import os
import signal
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from catalog_sync.models import AwaitedFilm, SyncLog
from catalog_sync.tests.id_export.files import line, write_export
from catalog_sync.tests.management.test_commands import database_url, printed, wait_until


@pytest.mark.django_db
def test_the_command_prints_its_outcome(tmp_path, capsys, settings):
    settings.TMDB_NEW_PER_NIGHT = 1_000
    path = write_export(tmp_path, line(1), b"{", line(2, video=True), *[b"}"] * 12)
    call_command("import_ids", str(path))
    captured = capsys.readouterr()
    assert captured.out == (
        "Ids: 1 of 1 parts, 15 records: 1 created, 0 updated, 1 unchanged, 13 failed; videos: 1.\n"
        "1 film is still to be fetched; each night fetches 1,000.\n"
    )
    assert captured.err.count("not a JSON object") == 10
    assert captured.err.endswith("13 lines in all could not be used.\n")


@pytest.mark.django_db
def test_a_file_that_is_none(tmp_path):
    with pytest.raises(CommandError, match=r"none\.gz cannot be read: No such file or directory\.$"):
        call_command("import_ids", str(tmp_path / "none.gz"))
    with pytest.raises(CommandError, match=r"cannot be read: Is a directory\.$"):
        call_command("import_ids", str(tmp_path))
    assert not SyncLog.objects.exists()
    other = tmp_path / "other.gz"
    other.write_bytes(b"\x89PNG\r\n\x1a\n" * 50)
    with pytest.raises(CommandError, match="Failed: This is not TMDB's export of films"):
        call_command("import_ids", str(other))


@pytest.mark.django_db(transaction=True)
def test_a_killed_import_is_repeated(tmp_path, capsys):
    """With a real process: SIGKILL after the first parts, then the command again."""
    lines = [line(number) for number in range(1, 10_001)]
    path = tmp_path / "export.json"
    command = [sys.executable, str(django_settings.BASE_DIR / "manage.py"), "import_ids", str(path)]
    path.write_bytes(b"\n".join(lines * 40))  # the later parts repeat the first
    environment = os.environ | {"DATABASE_URL": database_url()}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: SyncLog.objects.filter(pages_done__gte=1).exists(), process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    left = SyncLog.objects.get()
    assert (left.status, AwaitedFilm.objects.count()) == ("in_progress", 10_000)
    path.write_bytes(b"\n".join(lines[:5_000]))
    call_command("import_ids", str(path))
    assert "1 of 1 parts, 5000 records: 0 created, 0 updated, 5000 unchanged, 0 failed." in printed(capsys)
    assert SyncLog.objects.get().pk == left.pk
