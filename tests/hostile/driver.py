"""Runs attack programs in one setting of the sandbox and prints what came of each, one JSON
line per program.

    python driver.py '{"folder": ..., "bwrap": true, "without": "", "programs": [...]}'

It stands where the judge does: it has secrets, listens on the loopback address, and looks
after each attack whether anything has changed: files, connections, processes, an honest
student's answer.
"""

import contextlib
import ctypes
import functools
import json
import os
import shutil
import socket
import sys
import sysconfig
import time
from pathlib import Path

import psutil
import torch
from autograder import wire
from autograder.errors import Ended
from autograder.sandbox.client import Sandbox, questions_frame
from autograder.sandbox.layers import KIT
from autograder.sandbox.template import LAYERS, Template
from autograder.settings import Settings

HERE = Path(__file__).parent
OURS = Settings()
PATIENCE = 600.0  # seconds, after which what is left behind is
SECRET = "hidden-answer-" + "7305518264"

HONEST = f"""
# {SECRET}: every program before or after an attack is another student's secret
import linecache, sys
import torch
torch.left_behind = True
sys.modules["left_behind"] = torch
left_behind = 1
linecache.cache["left"] = "left_behind"
torch.manual_seed(987654321)

def honest(x):
    return [torch.sqrt(x + 2) @ x, x.sum().item(), str(x), isinstance(x, torch.Tensor)]
"""


class Arena:
    """What there is to attack: a folder with secrets and with something to change, and open
    doors.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        for name in ("hidden", "submissions", "modules"):
            (folder / name).mkdir()
        self.hidden = folder / "hidden" / "test_hidden.py"
        self.hidden.write_text(f"ANSWER = '{SECRET}'\n")
        self.other = folder / "submissions" / "other.py"
        self.other.write_text(HONEST)
        self.canary = folder / "canary"
        self.canary.write_text("as it was")
        (folder / "modules" / "torch.py").write_text("mine = True\n")
        suffix = sysconfig.get_config_var("EXT_SUFFIX")
        self.extension = folder / "modules" / f"_hostile{suffix}"
        shutil.copy(
            sys.modules["_ctypes"].__file__, self.extension
        )  # a file in every Python
        self.doors = self._open_doors()
        self.before = self.look()

    def _open_doors(self):
        doors = [socket.create_server(("127.0.0.1", 0))]
        self.port = doors[0].getsockname()[1]
        doors.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        doors[-1].bind(("127.0.0.1", self.port))
        if socket.has_ipv6:
            try:
                doors.append(
                    socket.create_server(
                        ("::1", self.port), family=socket.AF_INET6
                    )
                )
                doors.append(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
                doors[-1].bind(("::1", self.port))
            except OSError:
                pass
        self.unix, self.abstract = (
            str(self.folder / "door"),
            f"\0hostile-{os.getpid()}",
        )
        for address in (self.unix, self.abstract):
            doors.append(socket.socket(socket.AF_UNIX))
            doors[-1].bind(address)
            doors[-1].listen()
        for door in doors:
            door.setblocking(False)
        return doors

    def look(self) -> dict:
        """Everything about the folder that an attack could change."""
        seen = {"shared memory": os.path.exists("/dev/shm/hostile")}
        for path in sorted(self.folder.rglob("*")):
            s = path.lstat()
            seen[str(path)] = (
                s.st_mode,
                s.st_size,
                s.st_mtime_ns,
                s.st_uid,
                s.st_nlink,
            )
        return seen

    def knocks(self) -> int:
        """How many connections and datagrams came."""
        count = 0
        for door in self.doors:
            try:
                peer = (
                    door.accept()[0]
                    if door.type == socket.SOCK_STREAM
                    else door.recv(100) and None
                )
            except BlockingIOError:
                continue
            count += 1
            if peer is not None:
                peer.close()
        return count


def descendants() -> set[int]:
    """All processes that come from this one."""
    return {one.pid for one in psutil.Process().children(recursive=True)}


def load(
    worker, source: str, arena: dict | None = None, function: str = "attack"
) -> None:
    statements = [["file", 1, source]]
    if arena is not None:
        tools = f"ARENA = {arena!r}\n" + (HERE / "prelude.py").read_text()
        statements.insert(0, ["tools", 1, tools])
    said = worker.load(statements, [function], {}, OURS.load_seconds)
    if type(said) is dict and said.get("failed"):
        raise RuntimeError(f"does not load: {said['failed']}")


def honest(sandbox) -> tuple[bytes, list]:
    """What a student's worker answers, as bytes and as values."""
    with sandbox.worker() as worker:
        load(worker, HONEST, function="honest")
        frame = questions_frame("honest", [("call", [torch.ones(3)])])
        reply = worker.reply_to(frame, 5.0)
        return reply.key, reply.values(1)


def harmless(value) -> bool:
    """Whether a value is nothing but plain data of exactly the types that the wire knows."""
    if type(value) in (list, tuple):
        return all(map(harmless, value))
    if type(value) is dict:
        return all(type(k) is str and harmless(v) for k, v in value.items())
    plain = (
        type(None),
        bool,
        int,
        float,
        str,
        torch.Tensor,
        wire.Other,
        wire.Raised,
    )
    return type(value) in plain or type(value).__module__ == "numpy"


def holds(value, kind) -> bool:
    if type(value) is kind:
        return True
    return type(value) in (list, tuple) and any(holds(v, kind) for v in value)


def attacked(worker, source: str, arena: dict) -> tuple[str, str]:
    """The outcome of a program in a worker of its own, and its words."""
    try:
        load(worker, source, arena)
        (value,) = worker.ask(
            "attack", [("call", [torch.ones(3)])], OURS.check_seconds
        )
    except Ended as error:
        # What no right answer sends, and no exception.
        return error.outcome.replace("error", "protocol"), str(error)
    if type(value) is str and value.split(":")[0] in (
        "blocked",
        "leak",
        "BREACH",
    ):
        return value.split(":")[0], value
    if not harmless(value):
        return "BREACH", f"BREACH: the judge holds a {type(value).__name__}"
    if type(value) is wire.Raised:
        return "error", f"{value.error}: {value.message}"[:200]
    return ("refused-value" if holds(value, wire.Other) else "value"), repr(
        value
    )[:200]


def main(
    folder: str,
    bwrap: bool,
    without: str,
    programs: list[str],
) -> None:
    """Attack, and look after each attack at all that must be as before."""
    ctypes.CDLL(None).prctl(
        36, 1, 0, 0, 0
    )  # what is left behind becomes our child, so that we see it
    arena = Arena(Path(folder))
    template = Template.started()
    absent = {without} if bwrap else {without, "bwrap"}
    fork = functools.partial(template.fork_sandbox, {*LAYERS} - absent)
    with (
        Sandbox(fork, unsafe=bool(without)) as sandbox,
        sandbox.worker() as sibling,
    ):
        load(sibling, HONEST, function="honest")
        arena.before = arena.look()
        known = descendants()
        right = honest(sandbox)
        facts = {
            "folder": folder,
            "hidden": str(arena.hidden),
            "other": str(arena.other),
            "canary": str(arena.canary),
            "modules": str(arena.folder / "modules"),
            "library": str(arena.extension),
            "unix": arena.unix,
            "abstract": arena.abstract,
            "port": arena.port,
            "kit": KIT,
            "judge": os.getpid(),
            "zygote": psutil.Process(sibling.process.pid).ppid(),
            "sibling": sibling.process.pid,
        }
        print(
            json.dumps({"layers": str(sandbox.layers), "uid": os.getuid()}),
            flush=True,
        )
        for name in programs:
            source = (HERE / "programs" / f"{name}.py").read_text()
            start = time.monotonic()
            with sandbox.worker() as worker:
                seen, says = attacked(worker, source, facts)
            seconds = time.monotonic() - start
            changes = []
            now = arena.look()
            if now != arena.before:
                changes.append(
                    f"files changed: {dict(now.items() ^ arena.before.items())}"[
                        :200
                    ]
                )
                arena.before = now
            if knocks := arena.knocks():
                changes.append(f"{knocks} connections")
            if left := descendants() - known:
                changes.append(f"{len(left)} processes left")
                known |= left
            if not sandbox.template.is_alive:
                changes.append("the zygote is dead")
            elif honest(sandbox)[0] != right[0]:
                changes.append("an honest student's answer changed")
            if changes:
                seen, says = "BREACH", f"BREACH: {'; '.join(changes)} ({says})"
            row = {
                "program": name,
                "seen": seen,
                "says": says,
                "seconds": round(seconds, 2),
            }
            print(json.dumps(row), flush=True)
        frame = questions_frame("honest", [("call", [torch.ones(3)])])
        sound = sibling.reply_to(frame, 5.0).key == right[0]
        print(
            json.dumps({"sibling": sound, "right": harmless(right[1])}),
            flush=True,
        )
    template.close()
    end = (
        time.monotonic() + PATIENCE
    )  # the kernel takes down what bwrap held together a moment later
    while descendants() and time.monotonic() < end:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(
                -1, os.WNOHANG
            )  # what bwrap left to us when it ended first
        time.sleep(0.05)
    print(json.dumps({"left": len(descendants())}), flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(**json.loads(sys.argv[1]))
