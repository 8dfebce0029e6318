import os
import subprocess
import sys
import time

import pytest

from devstack import clocks
from devstack.errors import StartError

# A clock that is shifted already is not shifted a second time.
pytestmark = pytest.mark.skipif("FAKETIME" in os.environ, reason="These tests shift a clock themselves.")
LIBRARY = clocks.find_library()


def test_processes_of_the_block_start_at_the_moment():
    with clocks.shifted_clock(clocks.find_library(), "2027-10-31 02:30", "Europe/Berlin"):
        shifted = time.time() + float(os.environ["FAKETIME"].removesuffix("s"))
        assert os.environ["TZ"] == "Europe/Berlin"
    # The second 02:30 of that night, an hour after the first.
    assert time.strftime("%Y-%m-%d %H:%M", time.gmtime(shifted + 1)) == "2027-10-31 01:30"
    assert "FAKETIME" not in os.environ


def test_every_moment_is_tried_and_those_that_failed_are_named(monkeypatch, capsys):
    codes, asked = iter([0, 1, 0, 2]), []
    monkeypatch.setattr(clocks, "find_library", lambda: LIBRARY)
    monkeypatch.setattr(clocks.testing, "run", lambda arguments: asked.append(arguments) or next(codes))
    assert clocks.run(["-q", "cinema"]) == 1
    assert asked == [["-q", "cinema"]] * 4
    failed = "the second 02:30 of a night in autumn, the last minutes of an hour"
    assert capsys.readouterr().out.splitlines()[-1] == f"Failed at: {failed}"


def test_all_is_well_when_nothing_fails(monkeypatch, capsys):
    monkeypatch.setattr(clocks, "find_library", lambda: LIBRARY)
    monkeypatch.setattr(clocks.testing, "run", lambda arguments: 0)
    assert clocks.run([]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Passed at every moment."


def test_processes_of_the_block_live_at_the_moment_and_can_wait():
    code = "import time; time.sleep(0.01); print(time.strftime('%Y-%m-%d %H:%M'))"
    with clocks.shifted_clock(clocks.find_library(), "2028-02-29 12:00:30", "UTC"):
        shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip() in {"2028-02-29 12:00", "2028-02-29 12:01"}


def test_a_system_without_the_library(monkeypatch):
    monkeypatch.setattr(clocks, "find_spec", lambda name: None)
    with pytest.raises(StartError, match="need libfaketime"):
        clocks.find_library()
