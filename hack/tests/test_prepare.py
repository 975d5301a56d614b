"""hack/prepare, with steps of a few milliseconds."""
import os
import signal
import subprocess
import time

import pytest

from scripts import HACK, load

prepare = load("prepare")


@pytest.fixture(autouse=True)
def quick(monkeypatch, tmp_path):
    monkeypatch.setattr(prepare, "LOGS", str(tmp_path))
    monkeypatch.setattr(prepare, "POLL_SECONDS", 0.01)


def step(name, script, *needs, log=""):
    return prepare.Step(name, ["sh", "-c", script], needs=needs, log=log)


def test_a_step_begins_when_what_it_needs_is_done_and_the_others_at_once(tmp_path, capfd):
    here = tmp_path / "here"
    steps = [step("second", f"test -e {here}", "first"), step("first", f"sleep 0.1; touch {here}"),
             step("other", f"test ! -e {here}")]
    assert prepare.run_all(steps) == 0
    said = capfd.readouterr().err
    assert said.index("first begins") < said.index("first done") < said.index("second begins")


def test_a_step_that_fails_is_named_with_its_last_words_and_ends_the_others(capfd):
    began = time.monotonic()
    steps = [step("bad", "echo 'build-it: cannot'; exit 3"), step("long", "sleep 60"), step("never", "true", "bad")]
    assert prepare.run_all(steps) == 1
    assert time.monotonic() - began < 10
    said = capfd.readouterr().err
    assert "bad failed: cannot (all of it: " in said and "never begins" not in said


def test_what_is_done_and_what_is_left_is_told_from_time_to_time(monkeypatch, tmp_path, capfd):
    monkeypatch.setattr(prepare, "TELL_SECONDS", 0.05)
    log = tmp_path / "log"
    log.write_text("[3/40] Building CXX object a.o\n-- Configuring done\n")
    assert prepare.run_all([step("one", "echo 'cluster: building kubectl (1 of 10)'; sleep 0.2"),
                            step("two", "sleep 0.2", log=str(log)), step("three", "true", "one")]) == 0
    said = capfd.readouterr().err
    assert "one (building kubectl (1 of 10)), two (3 of 40 built); then three, the demo itself" in said


def test_an_interrupted_run_ends_all_that_it_began(tmp_path):
    script = f"""
import sys
sys.path.insert(0, {str(HACK / "tests")!r})
from scripts import load
prepare = load("prepare")
prepare.LOGS = {str(tmp_path)!r}
sys.exit(prepare.run_all([prepare.Step("long", ["sh", "-c", "echo $$ >{tmp_path}/pid; sleep 60; true"])]))
"""
    running = subprocess.Popen(["/usr/bin/python3", "-c", script])
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        time.sleep(0.01)
    running.send_signal(signal.SIGTERM)
    assert running.wait(timeout=10) == 130
    assert not os.path.exists(f"/proc/{int((tmp_path / 'pid').read_text())}")
