"""How the processes of a stack are ended."""

import os
import subprocess
import sys
from pathlib import Path

from devstack.processes import MARK, marked, stop_marked

# Lets its child finish when it is asked to end, and tells how the child ended.
PARENT = """
import signal, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
signal.signal(signal.SIGTERM, lambda *_: child.stdin.close())
print("ready", flush=True)
sys.exit(child.wait())
"""
# Its child outlives it, and is there once it has said so.
LEAVING = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; print('ready', flush=True); time.sleep(99)"]).wait()
"""


def start(script: str, var: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", script]
    process = subprocess.Popen(command, env=os.environ | {MARK: str(var)}, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def test_a_process_ends_its_children_itself(tmp_path: Path) -> None:
    parent = start(PARENT, tmp_path)
    stop_marked(tmp_path)
    assert parent.wait() == 0
    assert marked(tmp_path) == []


def test_children_that_are_left_behind_are_ended_too(tmp_path: Path) -> None:
    parent = start(LEAVING, tmp_path)
    parent.kill()
    parent.wait()
    assert len(marked(tmp_path)) == 1
    stop_marked(tmp_path)
    assert marked(tmp_path) == []


def test_what_does_not_listen_is_killed(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("devstack.processes.GRACE_SECONDS", 0.5)
    deaf = start(
        "import signal, time; signal.signal(15, signal.SIG_IGN); print('ready', flush=True); time.sleep(99)", tmp_path
    )
    stop_marked(tmp_path)
    assert deaf.wait() == -9
