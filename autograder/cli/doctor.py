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

from autograder import exercises, patches
from autograder.cli.stop import of_machine
from autograder.grading import machine
from autograder.grading.session import Session
from autograder.judging import gate
from autograder.sandbox.client import Sandbox
from autograder.sandbox.ended import Ended, SandboxError
from autograder.sandbox.walls import KIT, LIBRARIES, why_no_bwrap
from autograder.settings import Settings

HIDDEN_FILE = os.path.join(KIT, "exercises", "__init__.py")
READS = f"def probe():\n    open({HIDDEN_FILE!r}).read()\n    return 'read a hidden file'\n"
# What a wall must stop: a function that returns only where nothing stopped it.
PROBES = {
    "limits": "def probe():\n    bytearray(2 << 30)\n    return 'took 2 GiB of memory'\n",
    "landlock": READS,
    "bwrap": READS,
    "seccomp": "def probe():\n    import socket\n    socket.socket()\n    return 'opened a socket'\n",
}
DOES = {
    "limits": "bounds memory, CPU time and open files",
    "seccomp": "leaves one process that can only compute",
    "landlock": "lets it read libraries only",
    "bwrap": "shows it no disk, home, /proc or network",
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
        lines = [f"{name:12} {value}" for name, value in self.facts]
        lines += ["", "Walls around student code, each tried alone:"]
        for wall in self.walls:
            mark = "ok" if wall.stands else "--"
            lines.append(f"  {mark}  {wall.name:9} {DOES[wall.name]}")
            lines.append(f"      {'':9} {wall.seen}")
        if self.readable:
            lines += ["", "Student code can read:"]
            lines += [f"  {path}" for path in self.readable]
        verdict = self.problem or "Grading starts here, behind walls."
        return "\n".join([*lines, "", verdict])


def examine() -> Examination:
    """Try each wall alone, then all together."""
    facts = [
        ("Python", f"{platform.python_version()} on {platform.system()} {platform.release()}"),
        ("torch", f"{torch.__version__}; devices: {', '.join(devices())}"),
        ("hypothesis", version("hypothesis")),
        ("nbgrader", version("nbgrader")),
    ]
    if sys.platform != "linux":
        problem = "The walls need Linux: here grading needs --unsafe, which marks every result."
        return Examination((), tuple(facts), (), problem)
    walls = tuple(_tried(name) for name in ("limits", "seccomp", "landlock", "bwrap"))
    readable, problem = (), ""
    try:
        with Sandbox() as whole:
            facts.append(("walls", str(whole.walls)))
            readable = _short(whole.readable)
    except SandboxError as error:
        problem = f"Grading refuses to start: {error}"
    if not problem:
        facts.append(("cores", str(machine.cores())))
        facts.append(("memory", f"{machine.memory() >> 20} MiB, for {machine.judges()} judges at a time"))
        problem = _rehearsal()
    return Examination(walls, tuple(facts), readable, problem)


def _rehearsal() -> str:
    """Why a reference cannot be graded here as a submission is, by a judge in its own process; or ""."""
    name = min(exercises.assignments(), key=lambda name: len(exercises.of(name)))
    try:
        with Session(name, Settings(), jobs=1) as session:
            report = session.report(gate.reference(name))
    except (SandboxError, gate.BrokenGate, patches.PatchError) as error:
        return f"Grading does not work here: {error}"
    except (OSError, RuntimeError, MemoryError) as error:
        stop = of_machine(error)
        if stop is None:
            raise
        return f"Grading does not work here: {stop}"
    return f"Grading does not work here: {report.reason}" if report.needs_a_person else ""


def devices() -> list[str]:
    """Where torch can compute on this machine."""
    found = ["cpu"]
    if torch.cuda.is_available():
        found += [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        found.append("mps")
    return found


def _tried(name):
    if name == "bwrap" and why_no_bwrap():
        return Wall(name, False, why_no_bwrap())
    alone = {key: key == name for key in ("limits", "seccomp", "landlock", "bwrap")}
    try:
        with Sandbox(**alone, unsafe=True) as one, one.worker() as worker:
            worker.load([["probe", 1, PROBES[name]]], ["probe"], {}, 5.0)
            (answer,) = worker.ask("probe", [("call", ())], 5.0)
    except (SandboxError, Ended) as error:
        return Wall(name, False, f"tried it: {error}")
    if isinstance(answer, str):
        return Wall(name, False, f"tried it: the probe {answer}")
    return Wall(name, True, f"tried it: {answer.error} {answer.message}"[:66])


def _short(paths):
    """Folders, with the many of one library folder put together."""
    kept: dict[str, int] = {}
    for path in paths:
        parent = path.rpartition("/")[0]
        many = sum(p.rpartition("/")[0] == parent for p in paths) > 3
        kept[f"{parent}/ (libraries in use)" if many else path] = 1
    return tuple(kept) if len(kept) < 20 else LIBRARIES
