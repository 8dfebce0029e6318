"""Finding Chromium, with a machine that has none played by stand-ins."""

import os
import subprocess

import pytest

from devstack.errors import StartError
from devstack.tools import browser


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine without Chromium; commands that would install are noted, and do what `installs` says."""

    class Machine:
        commands: list[list[str]] = []
        installs = False
        program = tmp_path / "chromium"

        def run(self, command, **_options):
            self.commands.append([os.path.basename(command[0]), *command[1:]])
            if command[-1] == "--version":
                return subprocess.CompletedProcess(command, 0 if self.program.exists() else 1)
            if self.installs:
                self.program.write_text("")
            return subprocess.CompletedProcess(command, 0)

    machine = Machine()
    machine.commands = []
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(browser.subprocess, "run", machine.run)
    found = {"chromium": str(machine.program), "apt-get": "/usr/bin/apt-get"}
    monkeypatch.setattr(browser.shutil, "which", found.get)
    return machine


def installing(machine):
    return [command for command in machine.commands if command[-1] != "--version"]


def test_one_that_is_there_is_taken(machine):
    machine.program.write_text("")
    assert browser.find_or_install() == str(machine.program)
    assert installing(machine) == []


def test_root_installs_the_systems_own(machine, monkeypatch):
    monkeypatch.setattr(browser.os, "geteuid", lambda: 0)
    machine.installs = True
    assert browser.find_or_install() == str(machine.program)
    assert [command[:2] for command in installing(machine)] == [["apt-get", "update"], ["apt-get", "install"]]
    assert "chromium-headless-shell" in installing(machine)[1]


def test_where_there_is_no_shell_the_whole_browser_is_installed(machine, monkeypatch):
    monkeypatch.setattr(browser.os, "geteuid", lambda: 0)
    with pytest.raises(StartError, match="install the package `chromium`, or set CHROMIUM"):
        browser.find_or_install()
    assert [command[-2] for command in installing(machine)[1:]] == ["chromium-headless-shell", "chromium"]


def test_everybody_else_downloads_one(machine, monkeypatch):
    monkeypatch.setattr(browser.os, "geteuid", lambda: 1000)
    with pytest.raises(StartError, match="install the package `chromium`, or set CHROMIUM"):
        browser.find_or_install()
    assert [command[1:] for command in installing(machine)] == [["-m", "playwright", "install", "chromium"]]


def test_one_that_is_named_but_does_not_start_is_not_taken(machine, monkeypatch):
    def broken(command, **_options):
        raise OSError(command)

    monkeypatch.setenv("CHROMIUM", "/nonexistent/chromium")
    monkeypatch.setattr(browser.subprocess, "run", broken)
    monkeypatch.setattr(browser, "_install", lambda *command: None)
    with pytest.raises(StartError):
        browser.find_or_install()
