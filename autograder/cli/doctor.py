"""Tests each sandbox layer on this machine, alone, with a harmless probe.

A probe only tries what no submission needs.  Then it grades a reference solution as `grade` does, so its
verdict is what grading does.
"""

from __future__ import annotations

import contextlib
import functools
import os
import platform
import sys
import textwrap
from collections.abc import Callable, Iterator
from importlib.metadata import version

import torch
from rich.cells import cell_len

from autograder import exercises, patches
from autograder.cli.stop import of_machine
from autograder.cli.terminal import say
from autograder.errors import N_, Ended, SandboxError
from autograder.grading import machine
from autograder.grading.session import Session
from autograder.judging import gate
from autograder.languages import language, tr
from autograder.sandbox.client import Sandbox
from autograder.sandbox.template import PRELOAD, Template
from autograder.sandbox.walls import KIT, why_no_bwrap
from autograder.settings import Settings

READS = f"open({os.path.join(KIT, 'exercises', '__init__.py')!r}).read()"
ROOM = N_("{memory} MiB, enough for {judges} judges at a time")
FAILS = N_("Grading does not work here. {why}")
REFUSES = N_("Grading cannot start. {why}")
# What each layer does, the probe that it must stop, and what a probe did that was not stopped.
LAYERS = {
    "limits": (
        N_("limits memory, CPU time and open files"),
        "bytearray(2 << 30)",
        N_("the probe allocated 2 GiB of memory"),
    ),
    "seccomp": (
        N_("blocks network, processes and other system calls"),
        "__import__('socket').socket()",
        N_("the probe opened a socket"),
    ),
    "landlock": (N_("allows reading only libraries"), READS, N_("the probe read a hidden file")),
    "bwrap": (
        N_("hides the disk, home folders, /proc and the network"),
        READS,
        N_("the probe read a hidden file"),
    ),
}
PROBE = """
def probe():
    try:
        {what}
    except Exception as error:
        return [type(error).__name__, str(error)]
    return "done"
"""


def examine() -> bool:
    """Test each layer alone, then all together, and print the results.  Returns whether grading works."""
    _print_fact("Python", f"{platform.python_version()} ({platform.system()} {platform.release()})")
    names = ", ".join(_devices())
    _print_fact("torch", tr("{version}; devices: {names}", version=torch.__version__, names=names))
    for name in ("hypothesis", "nbgrader"):
        _print_fact(name, version(name))
    if sys.platform != "linux":
        print()
        say("The sandbox needs Linux. Grading here needs --unsafe, which marks every result.")
        return False
    _print_fact(tr("CPU cores"), str(machine.cores()))
    _print_fact(tr("free memory"), tr(ROOM, memory=machine.memory() >> 20, judges=machine.judges()))
    problem = _rehearsal()
    print()
    say("Sandbox layers, each tested alone:")
    for name, is_active, seen in layers():
        print(f"  {'ok' if is_active else '--'}  {name:9} {tr(LAYERS[name][0])}")
        print(textwrap.fill(seen, 80, initial_indent=" " * 16, subsequent_indent=" " * 16))
    print()
    say(problem or N_("Grading works here, in a sandbox."))
    return not problem


def _print_fact(name: str, value: str) -> None:
    print(f"{name}{' ' * (12 - cell_len(name))} {value}", flush=True)


def _rehearsal() -> str:
    """Why a judge in its own process cannot grade a reference here; or ""."""
    name = min(exercises.assignments(), key=lambda name: len(exercises.of(name)))
    try:
        with Session(name, Settings(language=language()), jobs=1) as session:
            _print_fact(tr("sandbox"), session.facts["walls"])
            report = session.report(gate.reference(name))
    except SandboxError as error:
        return tr(REFUSES, why=error)
    except (gate.BrokenGate, patches.PatchError) as error:
        return tr(FAILS, why=error)
    except (OSError, RuntimeError, MemoryError) as error:
        stop = of_machine(error)
        if stop is None:
            raise
        return tr(FAILS, why=stop)
    return tr(FAILS, why=report.reason) if report.needs_a_person else ""


def _devices() -> list[str]:
    cuda = range(torch.cuda.device_count() if torch.cuda.is_available() else 0)
    mps = ["mps"] if torch.backends.mps.is_available() else []
    return ["cpu", *map(torch.cuda.get_device_name, cuda), *mps]


def layers() -> Iterator[tuple[str, bool, str]]:
    """For each layer: its name, whether it is active, and what happened when it was tested alone."""
    for bwrap, names in ((False, ("limits", "seccomp", "landlock")), (True, ("bwrap",))):
        if bwrap and (why := why_no_bwrap()):
            yield "bwrap", False, tr(why)
            continue
        try:
            with contextlib.closing(Template.started(PRELOAD, bwrap)) as template:
                for name in names:
                    lend = functools.partial(template.lend, [] if bwrap else [name])
                    yield name, *_probed(lend, *LAYERS[name][1:])
        except OSError as error:  # a machine that cannot start another process
            yield from ((name, False, tr("tested: {saw}", saw=error.strerror)) for name in names)


def _probed(lend: Callable[[], Template], what: str, did: str) -> tuple[bool, str]:
    """Whether a worker was stopped, and what happened.  did: the words for a worker that was not."""
    try:
        with Sandbox(lend, unsafe=True) as sandbox, sandbox.worker() as worker:
            worker.load([["probe", 1, PROBE.format(what=what)]], ["probe"], {}, 5.0)
            (answer,) = worker.ask("probe", [("call", ())], 5.0)
    except (SandboxError, Ended) as error:
        return False, tr("tested: {saw}", saw=error)
    stopped = answer != "done"
    saw = " ".join(map(str, answer)) if stopped else tr(did)
    return stopped, tr("tested: {saw}", saw=saw)
