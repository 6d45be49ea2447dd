"""Which walls stand on this machine: each is tried, alone, with a harmless probe.

A probe only asks for what no submission needs.  At last a reference is graded as `grade` would grade it, so
that no verdict is better than what grading does.
"""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
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
from autograder.sandbox import template
from autograder.sandbox.client import Sandbox
from autograder.sandbox.walls import KIT, LIBRARIES, why_no_bwrap
from autograder.settings import Settings

READS = f"open({os.path.join(KIT, 'exercises', '__init__.py')!r}).read()"
WALLS, CORES, MEMORY = N_("all walls"), N_("CPU cores"), N_("free memory")
ROOM = N_("{memory} MiB, for {judges} judges at a time")
FAILS = N_("Grading does not work here: {why}")
REFUSES = N_("Grading refuses to start: {why}")
# What each wall does, what it must stop, and what was seen where it did not.
LAYERS = {
    "limits": (
        N_("bounds memory, CPU time and open files"),
        "bytearray(2 << 30)",
        N_("the probe took 2 GiB of memory"),
    ),
    "seccomp": (
        N_("leaves one process that can only compute"),
        "__import__('socket').socket()",
        N_("the probe opened a socket"),
    ),
    "landlock": (N_("lets it read libraries only"), READS, N_("the probe read a hidden file")),
    "bwrap": (N_("shows it no disk, home, /proc or network"), READS, N_("the probe read a hidden file")),
}
PROBE = """
def probe():
    try:
        {what}
    except Exception as error:
        return [type(error).__name__, str(error)]
    return "done"
"""


@dataclass(frozen=True)
class Wall:
    """A wall, whether it stands, and what was seen when it was tried."""

    name: str
    stands: bool
    seen: str


def examine() -> bool:
    """Try each wall alone, then all together, and print what was found; whether grading starts here."""
    _print_fact("Python", f"{platform.python_version()} ({platform.system()} {platform.release()})")
    names = ", ".join(devices())
    _print_fact("torch", tr("{version}; devices: {names}", version=torch.__version__, names=names))
    for name in ("hypothesis", "nbgrader"):
        _print_fact(name, version(name))
    if sys.platform != "linux":
        print()
        say("The walls need Linux: here grading needs --unsafe, which marks every result.")
        return False
    walls, outer, readable, problem = _inner(), None, (), ""
    try:
        with Sandbox(template.PRELOAD, lent=template.lend()) as whole:
            _print_fact(tr(WALLS), str(whole.walls))
            readable = _short(whole.readable)
            if whole.walls.bwrap:
                outer = _tried("bwrap", whole, ())
    except SandboxError as error:
        problem = tr(REFUSES, why=error)
    if not problem:
        _print_fact(tr(CORES), str(machine.cores()))
        _print_fact(tr(MEMORY), tr(ROOM, memory=machine.memory() >> 20, judges=machine.judges()))
        problem = _rehearsal()
    print()
    say("Walls around student code, each tried alone:")
    for wall in (*walls, outer or _outer()):
        print(f"  {'ok' if wall.stands else '--'}  {wall.name:9} {tr(LAYERS[wall.name][0])}")
        print(f"      {'':9} {wall.seen}")
    if readable:
        print()
        say("Student code can read:")
        print("\n".join(f"  {path}" for path in readable))
    verdict = problem or tr("Grading starts here, behind walls.")
    print(f"\n{verdict}", flush=True)
    return not problem


def _print_fact(name, value):
    print(f"{name}{' ' * (12 - cell_len(name))} {value}", flush=True)


def _rehearsal() -> str:
    """Why a reference cannot be graded here as a submission is, by a judge in its own process; or ""."""
    name = min(exercises.assignments(), key=lambda name: len(exercises.of(name)))
    try:
        with Session(name, Settings(language=language()), jobs=1) as session:
            report = session.report(gate.reference(name))
    except (SandboxError, gate.BrokenGate, patches.PatchError) as error:
        return tr(FAILS, why=error)
    except (OSError, RuntimeError, MemoryError) as error:
        stop = of_machine(error)
        if stop is None:
            raise
        return tr(FAILS, why=stop)
    return tr(FAILS, why=report.reason) if report.needs_a_person else ""


def devices() -> list[str]:
    """Where torch can compute on this machine."""
    found = ["cpu"]
    if torch.cuda.is_available():
        found += [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        found.append("mps")
    return found


def _inner():
    """Those that a process puts up itself, each around a worker that has no other."""
    names = "limits", "seccomp", "landlock"
    try:
        with Sandbox(bwrap=False, unsafe=True) as bare:
            return [_tried(name, bare, [name]) for name in names]
    except SandboxError as error:
        return [_down(name, error) for name in names]


def _outer():
    """bubblewrap, where it does not stand around all the others, or none of them stands."""
    if why_no_bwrap():
        return Wall("bwrap", False, why_no_bwrap())
    try:
        with Sandbox(bwrap=True, unsafe=True) as outside:
            return _tried("bwrap", outside, ())
    except SandboxError as error:
        return _down("bwrap", error)


def _tried(name, sandbox, walls):
    """walls: those inside the sandbox that stand meanwhile."""
    try:
        with sandbox.worker(walls=walls) as worker:
            worker.load([["probe", 1, PROBE.format(what=LAYERS[name][1])]], ["probe"], {}, 5.0)
            (answer,) = worker.ask("probe", [("call", ())], 5.0)
    except (SandboxError, Ended) as error:
        return _down(name, error)
    if answer == "done":
        return _down(name, tr(LAYERS[name][2]))
    return Wall(name, True, tr("tried it: {saw}", saw=" ".join(map(str, answer)))[:66])


def _down(name, saw):
    return Wall(name, False, tr("tried it: {saw}", saw=saw))


def _short(paths):
    """Folders, with the many of one library folder put together."""
    kept: dict[str, int] = {}
    in_use = tr("(libraries in use)")
    for path in paths:
        parent = path.rpartition("/")[0]
        many = sum(p.rpartition("/")[0] == parent for p in paths) > 3
        kept[f"{parent}/ {in_use}" if many else path] = 1
    return tuple(kept) if len(kept) < 20 else LIBRARIES
