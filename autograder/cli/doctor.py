"""Tests this machine: grades a reference solution, and says which layers the sandbox has."""

import os
import platform
import stat
import sys
from importlib.metadata import version
from pathlib import Path

import typer
from rich.cells import cell_len

from autograder import courses, exercises, patches
from autograder.assessment import Assessment
from autograder.cli.app import app
from autograder.cli.terminal import resource_error, say
from autograder.errors import KitError, Message
from autograder.grading import machine, pool
from autograder.languages import tr
from autograder.settings import Settings


@app.command()
def doctor() -> None:
    """Test the sandbox on this machine; exit 1 if grading cannot start."""
    if os.path.lexists(courses.FILE) and Path().stat().st_mode & stat.S_IXOTH:
        say(
            "  --  other users of this machine can enter this course. Run `chmod 700 {folder}`.",
            folder=Path().resolve(),
        )
    # First, because torch itself may be too much then.
    problem = machine.shortage()
    if not problem:
        # The current folder may hold a student's code.
        courses.use(None)
        pool.start()
        problem = _examine()
    if problem:
        say("Grading cannot start. {why}", why=problem)
        raise typer.Exit(1)
    say("Grading works here, in a sandbox.")


def _examine() -> str:
    """Test this machine, and print the results.  Returns why grading does not work, or ""."""
    _print_fact(
        "Python", f"{platform.python_version()} on {platform.platform()}"
    )
    for package in ("torch", "hypothesis", "nbgrader"):
        _print_fact(package, version(package))
    for patch in patches.ALL:
        try:
            patch.patched_class()
        except KitError as error:
            say("  --  {why}", why=error)
    if sys.platform != "linux":
        return tr(
            "The sandbox needs Linux. Grading here needs --unsafe, which marks every result."
        )
    memory = machine.memory() >> 20
    room = tr(
        "{memory} MiB, enough for {judges} judges at a time",
        memory=memory,
        judges=machine.judges(),
    )
    _print_fact(tr("free memory"), room)
    # These import torch, which a machine without memory cannot.
    from autograder.grading.session import Session
    from autograder.judging import gate

    # The one with the fewest functions takes the shortest time.
    name = min(courses.names(), key=lambda name: len(exercises.load(name)))
    try:
        with Session(name, Settings(), jobs=0) as session:
            report = session.report(gate.reference(name))
        # After that, because where no worker starts, nothing is prevented.
        _print_layers()
    except (KitError, OSError, RuntimeError, MemoryError) as error:
        reason = error if isinstance(error, KitError) else resource_error(error)
        if reason is None:
            raise
        return tr(reason)
    return Assessment(report).reason


def _print_fact(name: str, value: str) -> None:
    print(f"{name}{' ' * (12 - cell_len(name))} {value}", flush=True)


def _print_layers() -> None:
    """Print the active layers of the sandbox, and why bubblewrap is none, if so.

    Raises SandboxError.
    """
    from autograder.sandbox.client import Sandbox

    with Sandbox(unsafe=True) as sandbox:
        _print_fact(tr("sandbox"), str(sandbox.layers))
        if reason := sandbox.missing.get("bwrap"):
            say("  --  {why}", why=Message(*reason))
