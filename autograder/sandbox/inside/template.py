"""Imports torch once, then forks whatever needs it; trusted, so it never reads from a worker.

A run's template process forks, for each judge, the judge and a template process of its sandbox's own, which
forks its workers.  Nothing of a check ever is in their memory: a worker's own part of it comes to the worker.

On a control socket come {"id", "cpu"} with the worker's end of its socket; {"template": names of the walls
that are to stand around its workers} with a control socket of its own;
{"run": [module, function], "id"} for a process of ours, with a connection and what else it is called with;
{"kill": id}, or {"end": id} for one of ours; {"warm up": a folder}, for what is forked later.
Back go, from a template process of a sandbox, {"ready": which walls stand, "readable": folders} and, for each
worker that ended, {"id", "status", "cpu"}: the kernel's word.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
from dataclasses import dataclass

from autograder import wire
from autograder.errors import Message, SandboxError
from autograder.sandbox.inside import loading, lockdown, permits, probes, reader, warmth, watch

LOADING = 748_312_065  # seeds what statements draw as they are run: none of a check's own data comes of it
_USUAL = gc.get_threshold()
RPC = 3  # a worker's only descriptor besides 0, 1 and 2, which are /dev/null


def _read(n):
    buffer = bytearray(n)
    view = memoryview(buffer)
    while view:
        n = os.readv(RPC, [view])
        if not n:
            os._exit(0)
        view = view[n:]
    return buffer


def _write(frame):
    view = memoryview(frame)
    while view:
        view = view[os.write(RPC, view) :]


def _attempt(files, known, space, watched, name, probe, args, roles, recordings):
    """One case.  What it raises is its answer, so that it costs the cases beside it nothing."""
    try:
        files.refused = None
        log = space.use(roles, recordings, dict(zip(known[probe].names, args)))
        value = known[probe](watched.function(space[name]), log, args)
        left = watched.left(args, value)
        if files.refused is not None:
            raise files.refused
        return wire.Left(left, value) if left else value
    except BaseException as error:
        watched.put_back()
        return wire.Raised(*loading.described(error))


def serve() -> None:
    """A worker's loop.  From the first load on, the process is the student's: nothing it says is trusted."""
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = sys.stderr = open(1, "w", errors="replace", closefd=False)  # noqa: SIM115
    files = permits.permit()
    space, watched, by_key = loading.Space(), watch.Watch(), probes.made({})
    os.write(RPC, b"!")  # the judge learns our process id from this message's credentials
    while True:
        size, rest = wire.HEAD.unpack(_read(wire.HEAD.size))
        op, args = wire.unpack_ours(_read(size), _read(rest))
        if op == "load":
            space = loading.Space()
            files.contents.clear()
            files.folders.clear()
            probes.seed(LOADING)
            statements, functions, parts, codes = args
            del args  # what it holds of right parts must be gone once they stand
            by_key = probes.made(codes)
            frame = wire.pack_each([space.load(statements, functions, parts)])
            watched = watch.Watch()
        elif op == "read":
            frame = wire.pack_each([reader.read(*args)])
        else:
            name, questions = args
            probes.seed(0)
            frame = wire.pack_each(_attempt(files, by_key, space, watched, name, *each) for each in questions)
        _write(frame)


@dataclass(frozen=True)
class _Walls:
    """What locks each worker: made once, put up in its process."""

    ruleset: int | None
    seccomp: lockdown.Filter | None
    limits: bool

    @property
    def standing(self) -> dict[str, bool]:
        """Which there are, by their names."""
        return {
            "landlock": self.ruleset is not None,
            "seccomp": self.seccomp is not None,
            "limits": self.limits,
        }

    def only(self, names: list[str]) -> _Walls:
        """Those of these names."""
        ruleset = self.ruleset if "landlock" in names else None
        seccomp = self.seccomp if "seccomp" in names else None
        return _Walls(ruleset, seccomp, self.limits and "limits" in names)

    def become_worker(self, end: int, cpu: int, parent: int) -> None:
        """Lock this process, and keep no descriptor but the worker's end of its socket."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        null = os.open(os.devnull, os.O_RDWR)
        spare = null if self.ruleset is None else self.ruleset
        for i, fd in enumerate((null, null, null, end, spare)):
            os.dup2(fd, 200 + i)  # aside first, so that none overwrites another
        for i in range(5):
            os.dup2(200 + i, i)
        os.closerange(5, 1 << 16)
        if self.limits:
            lockdown.limit(cpu, parent)
        if self.ruleset is not None:
            lockdown.restrict_files(4)
        os.close(4)
        if self.seccomp is not None:
            self.seccomp.load()


class _Template:
    """A template process's loop: others are forked as the control socket asks for them.

    proc: a descriptor of /proc.  facts: what it says of itself besides.
    """

    def __init__(self, control: int, proc: int, walls: _Walls, facts: dict):
        self.control, self.proc = socket.socket(fileno=control), proc
        self.walls, self.facts = walls, facts
        self.forked: dict[int, int] = {}
        self.pid = os.getpid()  # in its forks, that of their parent
        self.select = selectors.DefaultSelector()
        self.select.register(self.control, selectors.EVENT_READ)

    def loop(self) -> None:
        """Say that it is ready, and serve until the control socket closes: all that was forked ends then."""
        with contextlib.suppress(ConnectionError):
            self.control.send(json.dumps({"ready": self.walls.standing, **self.facts}).encode())
            while self.serve_next():
                pass
        os._exit(0)  # Python would take all of torch apart first, for a fifth of a second

    def serve_next(self) -> bool:
        """Do what is asked, and tell of who ended; whether there can be more."""
        for key, _ in self.select.select():
            if key.fileobj is not self.control:
                self.tell_end(key.fileobj, *key.data)
            elif not self.serve_request():
                return False
        return True

    def tell_end(self, handle, pid, id, is_worker):
        """Collect a process that ended; only of a worker does anybody ask how."""
        _, status, usage = os.wait4(pid, 0)
        self.select.unregister(handle)
        os.close(handle)
        self.forked.pop(id, None)
        if is_worker:
            self.tell(id, os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime)

    def tell(self, worker, status, cpu):
        ended = {"id": worker, "status": status, "cpu": cpu}
        self.control.send(json.dumps(ended).encode())

    def serve_request(self):
        message, ends, _, _ = socket.recv_fds(self.control, 4096, 8)
        if not message:
            return False
        ask = json.loads(message)
        if "warm up" in ask:
            warmth.warm_up_for_few(ask["warm up"])
        elif "kill" in ask:
            if ask["kill"] in self.forked:
                os.kill(self.forked[ask["kill"]], signal.SIGKILL)
        elif "end" in ask:
            if ask["end"] in self.forked:
                os.kill(self.forked[ask["end"]], signal.SIGTERM)
        elif "template" in ask:
            self.fork(None, ends, lambda: self.become_template(*ends, ask["template"]))
        elif "run" in ask:
            self.fork(ask["id"], ends, lambda: self.become_ours(*ask["run"], ends))
        else:
            self.fork(ask["id"], ends, lambda: self.become_worker(ends[0], ask), is_worker=True)
        return True

    def fork(self, id, ends, child, is_worker=False):
        try:
            pid = os.fork()
        except OSError:  # no process or memory is left: whoever asked sees the end of a socket
            pid = None
        if pid == 0:
            try:
                child()
            finally:
                os._exit(70)
        for end in ends:
            os.close(end)
        if pid is None:
            if is_worker:
                self.tell(id, 71, 0.0)
            return
        if id is not None:
            self.forked[id] = pid
        self.select.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, id, is_worker))

    def become_worker(self, end, ask):
        self.walls.become_worker(end, ask["cpu"], self.pid)
        serve()

    def become_template(self, control, names):
        """One of a sandbox's own, as this one was when it was ready.  names: of the walls for its workers."""
        self.leave()
        _be_killed_first(self.proc)
        _Template(control, self.proc, self.walls.only(names), self.facts).loop()

    def become_ours(self, module, function, ends):
        """A process that runs no student code: it has the environment of who asked, and ends with us."""
        from multiprocessing.connection import Connection

        self.leave(signal.SIGTERM)
        os.dup2(1, 2)  # nobody reads what it might write there
        gc.set_threshold(*_USUAL)
        connection = Connection(ends[0])
        given = connection.recv()
        os.chdir(given["folder"])
        os.environ.clear()
        os.environ.update(given["environment"])
        sys.path[:], sys.dont_write_bytecode = given["path"], given["writes_no_bytecode"]
        getattr(importlib.import_module(module), function)(connection, ends[1:])
        os._exit(0)

    def leave(self, word=signal.SIGKILL):
        """Keep nothing of the template's but its memory and walls, and end with it."""
        lockdown.end_with_parent(self.pid, word)
        for key in list(self.select.get_map().values()):
            if key.fileobj is not self.control:
                os.close(key.fileobj)
        self.select.close(), self.control.close()


def _made(wall: str, missing: dict, make):
    """A wall; where it cannot be made None, and missing says why."""
    try:
        return make()
    except SandboxError as error:
        missing[wall] = error.message
    except OSError as error:
        missing[wall] = Message(str(error))
    return None


def _be_killed_first(proc: int) -> None:
    """Where memory runs out, let the kernel take us and our workers before a judge, or whoever writes."""
    with (
        contextlib.suppress(OSError),
        open(os.open("self/oom_score_adj", os.O_WRONLY, dir_fd=proc), "w") as file,
    ):
        file.write("900")


def main(control: int, proc: int, preload: list[str]) -> None:
    """Import, lock what can be locked beforehand, and serve."""
    for name in preload:
        importlib.import_module(name)
    warmth.warm_up()
    folders = warmth.readable()
    missing: dict[str, Message] = {}
    ruleset = _made("landlock", missing, lambda: lockdown.landlock_ruleset(folders))
    walls = _Walls(ruleset, _made("seccomp", missing, lockdown.Filter), limits=True)
    gc.freeze()  # looking for garbage writes into what is there, and so copies it in each fork
    gc.set_threshold(50_000)  # a worker lives for a moment: looking for cycles costs more than they do
    _Template(control, proc, walls, {"missing": missing, "readable": folders}).loop()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
