"""A template process: imports torch once, then forks what needs it.  Trusted; it never reads
from a worker.

For each judge, a run's template process forks the judge, and a template process for its
sandbox, which forks workers.  Their memory never contains a check: a worker gets its own
part in a message.

Requests on the control socket: {"id", "cpu"}, with the worker's end of its socket;
{"template": names of the layers for its workers}, with its control socket; {"judge":
[module, function], "id"} for one of our own processes, with a connection and other
descriptors; {"end": id, "signal"}; {"warm up"}, for later forks. Replies of a sandbox's
template process: {"ready": active layers, "readable": folders} and, for each worker that
ended, {"id", "status", "cpu"}, as the kernel reports them.
"""

import contextlib
import fcntl
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from autograder.errors import Message, SandboxError
from autograder.sandbox.inside import lockdown, warmth, worker

_USUAL = gc.get_threshold()


class _TemplateLoop:
    """A template process's loop: forks the processes that the control socket requests.

    layers: of the sandbox of workers, by name: made once, applied in each; None if missing.
    facts: other
    fields of its first message.
    """

    def __init__(self, control: int, layers: dict[str, Any], facts: dict):
        self.control, self.layers, self.facts = (
            socket.socket(fileno=control),
            layers,
            facts,
        )
        self.forked: dict[int | None, int] = {}
        self.pid = os.getpid()  # in its forks, their parent's
        self.select = selectors.DefaultSelector()
        self.select.register(self.control, selectors.EVENT_READ)

    def loop(self) -> None:
        """Report that it is ready, and serve until the control socket closes, which ends all
        its forks.
        """
        with contextlib.suppress(ConnectionError):
            active = {name: layer is not None for name, layer in self.layers.items()}
            self.send({"ready": active, **self.facts})
            while True:
                for key, _ in self.select.select():
                    if key.fileobj is not self.control:
                        self.collect(key.fd, *key.data)
                        continue
                    message, descriptors, _, _ = socket.recv_fds(self.control, 4096, 8)
                    if not message:
                        raise ConnectionError  # the process that started it has ended
                    self.handle(json.loads(message), descriptors)
        os._exit(0)  # Python's own exit would spend a fifth of a second on torch

    def send(self, message: dict) -> None:
        self.control.send(json.dumps(message).encode())

    def collect(self, handle: int, pid: int, id: int | None, is_worker: bool) -> None:
        """Collect a process that ended.  Only a worker's end is reported."""
        _, status, usage = os.wait4(pid, 0)
        self.select.unregister(handle)
        os.close(handle)
        self.forked.pop(id, None)
        if is_worker:
            cpu = usage.ru_utime + usage.ru_stime
            self.send(
                {"id": id, "status": os.waitstatus_to_exitcode(status), "cpu": cpu}
            )

    def handle(self, request: dict, descriptors: list[int]) -> None:
        if "warm up" in request:
            warmth.warm_up_for_few()
        elif "end" in request:
            if request["end"] in self.forked:
                os.kill(self.forked[request["end"]], request["signal"])
        elif "template" in request:
            self.fork(
                None,
                descriptors,
                lambda: self.become_template(descriptors[0], request["template"]),
            )
        elif "judge" in request:
            self.fork(
                request["id"],
                descriptors,
                lambda: self.become_judge(request["judge"], descriptors),
            )
        else:
            end, cpu = descriptors[0], request["cpu"]
            self.fork(
                request["id"],
                descriptors,
                lambda: self.become_worker(end, cpu),
                is_worker=True,
            )

    def fork(
        self,
        id: int | None,
        descriptors: list[int],
        child: Callable[[], None],
        is_worker: bool = False,
    ) -> None:
        pid: int | None = None
        with contextlib.suppress(
            OSError
        ):  # out of processes or memory: the requester sees its socket close
            pid = os.fork()
        if pid == 0:
            try:
                child()
            finally:
                os._exit(70)
        for descriptor in descriptors:
            os.close(descriptor)
        if pid is not None:
            if id is not None:
                self.forked[id] = pid
            self.select.register(
                os.pidfd_open(pid), selectors.EVENT_READ, (pid, id, is_worker)
            )
        elif is_worker:
            self.send({"id": id, "status": 71, "cpu": 0.0})

    def become_worker(self, end: int, cpu: int) -> None:
        """Lock this process, keep no descriptor but the worker's end of its socket, and serve."""
        limits, landlock, seccomp = (
            self.layers[name] for name in ("limits", "landlock", "seccomp")
        )
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        null = os.open(os.devnull, os.O_RDWR)
        spare = null if landlock is None else landlock
        # moved aside first, so that none overwrites another
        moved = [
            fcntl.fcntl(fd, fcntl.F_DUPFD, 5) for fd in (null, null, null, end, spare)
        ]
        for i, fd in enumerate(moved):
            os.dup2(fd, i)
        os.closerange(5, 1 << 16)
        if limits:
            lockdown.limit(cpu, self.pid)
        if landlock is not None:
            lockdown.restrict_files(4)
        os.close(4)
        if seccomp is not None:
            seccomp.load()
        worker.serve()

    def become_template(self, control: int, names: list[str]) -> None:
        """Become a sandbox's template process, like this one when it was ready.  names: of its
        layers.
        """
        self.detach()
        with (
            contextlib.suppress(OSError),
            open("/proc/self/oom_score_adj", "w") as file,
        ):
            file.write("900")  # as `layers.KILLED_FIRST`, without bwrap
        layers = {
            name: layer if name in names else None
            for name, layer in self.layers.items()
        }
        _TemplateLoop(control, layers, self.facts).loop()

    def become_judge(self, target: list[str], descriptors: list[int]) -> None:
        """Become a process that runs no student code, with the requester's environment; it
        ends with us.
        """
        from multiprocessing.connection import Connection

        self.detach(signal.SIGTERM)
        os.dup2(1, 2)  # nobody reads its stderr
        gc.set_threshold(*_USUAL)
        connection = Connection(descriptors[0])
        given = connection.recv()
        os.chdir(given["folder"])
        os.environ.clear()
        os.environ.update(given["environment"])
        sys.path[:], sys.dont_write_bytecode = (
            given["path"],
            given["writes_no_bytecode"],
        )
        module, function = target
        getattr(importlib.import_module(module), function)(connection, *descriptors[1:])
        os._exit(0)

    def detach(self, word: int = signal.SIGKILL) -> None:
        """Keep only the template's memory and layers, and end with it."""
        lockdown.end_with_parent(self.pid, word)
        for key in list(self.select.get_map().values()):
            if key.fileobj is not self.control:
                os.close(key.fd)
        self.select.close()
        self.control.close()


def main(control: int, preload: list[str]) -> None:
    """Import, prepare the layers, and serve."""
    for name in preload:
        importlib.import_module(name)
    warmth.warm_up()
    folders = warmth.readable()
    layers: dict[str, Any] = {"limits": True}
    missing: dict[str, Message] = {}  # why a layer cannot be made
    makers = {
        "landlock": lambda: lockdown.landlock_ruleset(folders),
        "seccomp": lockdown.Filter,
    }
    for name, make in makers.items():
        layers[name] = None
        try:
            layers[name] = make()
        except (SandboxError, OSError) as error:
            missing[name] = (
                error.message
                if isinstance(error, SandboxError)
                else Message(str(error))
            )
    gc.freeze()  # garbage collection writes into objects, and so copies their pages in each fork
    gc.set_threshold(
        50_000
    )  # a worker lives so briefly that collecting costs more than it frees
    _TemplateLoop(control, layers, {"missing": missing, "readable": folders}).loop()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
