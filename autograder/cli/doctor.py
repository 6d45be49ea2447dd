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
from autograder.errors import N_, Ended, SandboxError
from autograder.grading import machine
from autograder.grading.session import Session
from autograder.judging import gate
from autograder.languages import language, tr
from autograder.sandbox import preload, template
from autograder.sandbox.client import Sandbox
from autograder.sandbox.walls import KIT, LIBRARIES, why_no_bwrap
from autograder.settings import Settings

HIDDEN_FILE = os.path.join(KIT, "exercises", "__init__.py")
READS = f"open({HIDDEN_FILE!r}).read()"
WALLS, CORES, MEMORY = N_("all walls"), N_("CPU cores"), N_("free memory")
FAILS = N_("Grading does not work here: {why}")
TRIED = N_("tried it: {saw}")
# What a wall must stop, and a function that says by which exception it was stopped.
PROBES = {
    "limits": "bytearray(2 << 30)",
    "landlock": READS,
    "bwrap": READS,
    "seccomp": "__import__('socket').socket()",
}
PROBE = """
def probe():
    try:
        {what}
    except Exception as error:
        return [type(error).__name__, str(error)]
    return "done"
"""
DID = {
    "limits": N_("the probe took 2 GiB of memory"),
    "landlock": N_("the probe read a hidden file"),
    "bwrap": N_("the probe read a hidden file"),
    "seccomp": N_("the probe opened a socket"),
}
DOES = {
    "limits": N_("bounds memory, CPU time and open files"),
    "seccomp": N_("leaves one process that can only compute"),
    "landlock": N_("lets it read libraries only"),
    "bwrap": N_("shows it no disk, home, /proc or network"),
}


@dataclass(frozen=True)
class Wall:
    """A wall, whether it stands, and what was seen when it was tried."""

    name: str
    stands: bool
    seen: str


@dataclass(frozen=True)
class Examination:
    """What was found."""

    walls: tuple[Wall, ...]
    facts: tuple[tuple[str, str], ...]
    readable: tuple[str, ...]
    problem: str

    @property
    def safe(self) -> bool:
        """Whether grading starts without --unsafe."""
        return not self.problem

    def text(self) -> str:
        lines = [f"{name}{' ' * (12 - cell_len(name))} {value}" for name, value in self.facts]
        lines += ["", tr("Walls around student code, each tried alone:")]
        for wall in self.walls:
            mark = "ok" if wall.stands else "--"
            lines.append(f"  {mark}  {wall.name:9} {tr(DOES[wall.name])}")
            lines.append(f"      {'':9} {wall.seen}")
        if self.readable:
            lines += ["", tr("Student code can read:")]
            lines += [f"  {path}" for path in self.readable]
        verdict = self.problem or tr("Grading starts here, behind walls.")
        return "\n".join([*lines, "", verdict])


def examine() -> Examination:
    """Try each wall alone, then all together."""
    facts = [
        ("Python", f"{platform.python_version()} ({platform.system()} {platform.release()})"),
        ("torch", tr("{version}; devices: {names}", version=torch.__version__, names=", ".join(devices()))),
        ("hypothesis", version("hypothesis")),
        ("nbgrader", version("nbgrader")),
    ]
    if sys.platform != "linux":
        problem = tr("The walls need Linux: here grading needs --unsafe, which marks every result.")
        return Examination((), tuple(facts), (), problem)
    walls = _inner()
    outer, readable, problem = None, (), ""
    try:
        with Sandbox(preload.PRELOAD, lent=template.lend()) as whole:
            facts.append((tr(WALLS), str(whole.walls)))
            readable = _short(whole.readable)
            if whole.walls.bwrap:
                outer = _tried("bwrap", whole, ())
    except SandboxError as error:
        problem = tr("Grading refuses to start: {why}", why=error)
    if not problem:
        facts.append((tr(CORES), str(machine.cores())))
        memory, judges = machine.memory() >> 20, machine.judges()
        words = N_("{memory} MiB, for {judges} judges at a time")
        facts.append((tr(MEMORY), tr(words, memory=memory, judges=judges)))
        problem = _rehearsal()
    return Examination((*walls, outer or _outer()), tuple(facts), readable, problem)


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
        return [Wall(name, False, tr(TRIED, saw=error)) for name in names]


def _outer():
    """bubblewrap, where it does not stand around all the others, or none of them stands."""
    if why_no_bwrap():
        return Wall("bwrap", False, why_no_bwrap())
    try:
        with Sandbox(bwrap=True, unsafe=True) as outside:
            return _tried("bwrap", outside, ())
    except SandboxError as error:
        return Wall("bwrap", False, tr(TRIED, saw=error))


def _tried(name, sandbox, walls):
    """walls: those inside the sandbox that stand meanwhile."""
    try:
        with sandbox.worker(walls=walls) as worker:
            worker.load([["probe", 1, PROBE.format(what=PROBES[name])]], ["probe"], {}, 5.0)
            (answer,) = worker.ask("probe", [("call", ())], 5.0)
    except (SandboxError, Ended) as error:
        return Wall(name, False, tr(TRIED, saw=error))
    if answer == "done":
        return Wall(name, False, tr(TRIED, saw=tr(DID[name])))
    return Wall(name, True, tr(TRIED, saw=" ".join(map(str, answer)))[:66])


def _short(paths):
    """Folders, with the many of one library folder put together."""
    kept: dict[str, int] = {}
    in_use = tr("(libraries in use)")
    for path in paths:
        parent = path.rpartition("/")[0]
        many = sum(p.rpartition("/")[0] == parent for p in paths) > 3
        kept[f"{parent}/ {in_use}" if many else path] = 1
    return tuple(kept) if len(kept) < 20 else LIBRARIES
