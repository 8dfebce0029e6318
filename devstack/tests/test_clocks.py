import os
import time
from pathlib import Path

import pytest

from devstack import clocks
from devstack.errors import StartError


def test_processes_of_the_block_start_at_the_moment():
    with clocks.shifted_clock(Path("/lib/x.so"), "2027-10-31 02:30", "Europe/Berlin"):
        shifted = time.time() + float(os.environ["FAKETIME"].removesuffix("s"))
        assert (os.environ["LD_PRELOAD"], os.environ["TZ"]) == ("/lib/x.so", "Europe/Berlin")
    # The second 02:30 of that night, an hour after the first.
    assert time.strftime("%Y-%m-%d %H:%M", time.gmtime(shifted + 1)) == "2027-10-31 01:30"
    assert "FAKETIME" not in os.environ


def test_every_moment_is_tried_and_those_that_failed_are_named(monkeypatch, capsys):
    codes, asked = iter([0, 1, 0, 2]), []
    monkeypatch.setattr(clocks, "find_or_install", lambda: Path("/lib/x.so"))
    monkeypatch.setattr(clocks.testing, "run", lambda arguments: asked.append(arguments) or next(codes))
    assert clocks.run(["-q", "cinema"]) == 1
    assert asked == [["-q", "cinema"]] * 4
    failed = "the second 02:30 of a night in autumn, the last minutes of an hour"
    assert capsys.readouterr().out.splitlines()[-1] == f"Failed at: {failed}"


def test_all_is_well_when_nothing_fails(monkeypatch, capsys):
    monkeypatch.setattr(clocks, "find_or_install", lambda: Path("/lib/x.so"))
    monkeypatch.setattr(clocks.testing, "run", lambda arguments: 0)
    assert clocks.run([]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Passed at every moment."


@pytest.fixture
def commands(monkeypatch):
    """The commands that would be run, on a machine without the library."""
    ran = []
    monkeypatch.setattr(clocks, "_find", lambda: None)
    monkeypatch.setattr(clocks.subprocess, "run", lambda command, **_: ran.append(command))
    return ran


def test_root_installs_the_library(commands, monkeypatch):
    monkeypatch.setattr(clocks.os, "geteuid", lambda: 0)
    monkeypatch.setattr(clocks.shutil, "which", lambda name: f"/usr/bin/{name}")
    with pytest.raises(StartError, match="install the package `libfaketime`"):
        clocks.find_or_install()
    assert commands[-1][-1] == "libfaketime"


def test_others_are_told_what_to_install(commands, monkeypatch):
    monkeypatch.setattr(clocks.os, "geteuid", lambda: 1000)
    with pytest.raises(StartError, match="install the package `libfaketime`"):
        clocks.find_or_install()
    assert commands == []


def test_a_library_that_is_there_is_used(monkeypatch, tmp_path):
    library = tmp_path / "faketime" / "libfaketimeMT.so.1"
    library.parent.mkdir()
    library.touch()
    monkeypatch.setattr(clocks, "LIBRARIES", (f"{tmp_path}/*/libfaketimeMT.so.1",))
    assert clocks.find_or_install() == library
