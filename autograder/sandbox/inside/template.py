"""A template process: imports torch once, then forks what needs it.  It never reads from a worker.

For each judge, a run's template process forks the judge, and a template process for its
sandbox, which forks workers.  Their memory never contains a check: a worker gets its own
part in a message.

Requests on the control socket: {"id", "cpu"}, with the worker's end of its socket;
{"template": names of the layers for its workers, "why": bubblewrap does not work}, with its
control socket, and bubblewrap's process if it has to join its namespaces; {"judge", "id"}
for one of our own processes, with a connection and other descriptors; {"end": id,
"signal"}; {"slow_imports"}, for later forks.  Replies of a sandbox's template process: {"ready":
active layers, "readable": folders, "missing": layers that cannot be made} and, for each
worker that ended, {"id", "status", "cpu"}, as the kernel reports them.
"""

import contextlib
import fcntl
import functools
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from autograder.errors import Message, SandboxError
from autograder.sandbox.inside import lockdown, preload

NO_FORK = 71  # in place of a worker's exit status


class _TemplateLoop:
    """A template process's loop: forks the processes that the control socket requests.

    layers: of the sandbox of workers, by name: made once, applied in each; None if missing; {}
    before `prepare`.  fields: others of its first message.
    """

    def __init__(self, control: int, layers: dict[str, Any], fields: dict):
        self.control = socket.socket(fileno=control)
        self.layers = layers
        self.fields = fields
        self.forked: dict[int | None, int] = {}
        self.pid = os.getpid()  # in its forks, their parent's
        self.select = selectors.DefaultSelector()
        self.select.register(self.control, selectors.EVENT_READ)

    def loop(self) -> None:
        """Serve until the control socket closes, which ends all its forks."""
        with contextlib.suppress(ConnectionError):
            active = {
                name: layer is not None for name, layer in self.layers.items()
            }
            self.send({"ready": active, **self.fields})
            while True:
                for key, _ in self.select.select():
                    if key.fileobj is self.control:
                        self.receive()
                    else:
                        self.collect(key.fd, *key.data)
        # Python's own exit would spend a fifth of a second on torch.
        os._exit(0)

    def send(self, message: dict) -> None:
        self.control.send(json.dumps(message).encode())

    def receive(self) -> None:
        """Do what the next message requests.  Raises ConnectionError if there is none."""
        message, descriptors, _, _ = socket.recv_fds(self.control, 4096, 8)
        if not message:
            raise ConnectionError  # the process that started it has ended
        request = json.loads(message)
        if "slow_imports" in request:
            preload.slow()
        elif "end" in request:
            if request["end"] in self.forked:
                os.kill(self.forked[request["end"]], request["signal"])
        else:
            self.fork(request, descriptors)

    def fork(self, request: dict, descriptors: list[int]) -> None:
        """Fork the process that a request describes, which gets its descriptors."""
        if "template" in request and not self.layers:
            self.prepare()
        try:
            pid = os.fork()
        except OSError:
            # Out of processes or memory: the requester sees its socket close.
            pid = None
        if pid == 0:
            try:
                self.become(request, *descriptors)
            finally:
                os._exit(70)
        for descriptor in descriptors:
            os.close(descriptor)
        if pid is None:
            self.report_end(request, NO_FORK, 0.0)
        else:
            self.forked[request.get("id")] = pid
            handle = os.pidfd_open(pid)
            self.select.register(handle, selectors.EVENT_READ, (pid, request))

    def prepare(self) -> None:
        """Import what workers need, and make their layers, once for all sandboxes.

        IPython takes a tenth of a second, in which a judge imports what it needs.
        """
        importlib.import_module("autograder.sandbox.inside.worker")
        folders = preload.readable()
        self.layers = {"bwrap": None, "limits": True}
        missing: dict[str, Message] = {}  # why a layer cannot be made
        self.fields = {"missing": missing, "readable": folders}
        for name, make in (
            ("landlock", functools.partial(lockdown.landlock_ruleset, folders)),
            ("seccomp", lockdown.Filter),
        ):
            self.layers[name] = None
            try:
                self.layers[name] = make()
            except SandboxError as error:
                missing[name] = error.message
            except OSError as error:
                missing[name] = Message(str(error))
        gc.freeze()

    def collect(self, handle: int, pid: int, request: dict) -> None:
        """Collect a process that ended."""
        _, status, usage = os.wait4(pid, 0)
        self.select.unregister(handle)
        os.close(handle)
        self.forked.pop(request.get("id"), None)
        cpu = usage.ru_utime + usage.ru_stime
        self.report_end(request, os.waitstatus_to_exitcode(status), cpu)

    def report_end(self, request: dict, status: int, cpu: float) -> None:
        """Report how a worker ended; nobody reads that of another process."""
        if "cpu" in request:
            self.send({"id": request["id"], "status": status, "cpu": cpu})

    def become(self, request: dict, descriptor: int, *descriptors: int) -> None:
        if "template" in request:
            self.become_sandbox(request, descriptor, *descriptors)
        elif "judge" in request:
            self.become_judge(descriptor, *descriptors)
        else:
            self.become_worker(descriptor, request["cpu"])

    def become_worker(self, end: int, cpu: int) -> None:
        """Lock this process, keep no descriptor but the worker's end of its socket, and serve."""
        # Imported by `prepare`, because judges do without.
        from autograder.sandbox.inside import worker

        landlock = self.layers["landlock"]
        seccomp = self.layers["seccomp"]
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        null = os.open(os.devnull, os.O_RDWR)
        kept = [null, null, null, end, null if landlock is None else landlock]
        # Moved aside first, so that none overwrites another.
        aside = [
            fcntl.fcntl(descriptor, fcntl.F_DUPFD, 5) for descriptor in kept
        ]
        for number, descriptor in enumerate(aside):
            os.dup2(descriptor, number)
        os.closerange(5, 1 << 16)
        if self.layers["limits"]:
            lockdown.limit(cpu, self.pid)
        if landlock is not None:
            lockdown.restrict_files(4)
        os.close(4)
        if seccomp is not None:
            seccomp.load()
        worker.serve()

    def become_sandbox(
        self, request: dict, control: int, *namespaces: int
    ) -> None:
        """Become a sandbox's template process, with the layers that the request names."""
        self.detach()
        # If memory runs out, the kernel ends workers before a judge or the writing process.
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("900")
        if request.get("why"):
            self.fields["missing"]["bwrap"] = request["why"]
        for process in namespaces:
            try:
                lockdown.join_namespaces(process)
                self.layers["bwrap"] = True
            except SandboxError as error:
                self.fields["missing"]["bwrap"] = error.message
        layers = dict.fromkeys(self.layers)
        for name in request["template"]:
            layers[name] = self.layers[name]
        _TemplateLoop(control, layers, self.fields).loop()

    def become_judge(self, descriptor: int, *descriptors: int) -> None:
        """Become a process that runs no student code, with the requester's environment."""
        from multiprocessing.connection import Connection

        self.detach(signal.SIGTERM)
        os.dup2(1, 2)  # nobody reads its stderr
        connection = Connection(descriptor)
        folder, environment, sys.path[:], sys.dont_write_bytecode = (
            connection.recv()
        )
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        # Its module is found on the path that was set now.
        function = connection.recv()
        function(connection, *descriptors)
        os._exit(0)

    def detach(self, word: int = signal.SIGKILL) -> None:
        """Keep only the template's memory and layers, and end with it."""
        lockdown.end_with_parent(self.pid, word)
        for key in list(self.select.get_map().values()):
            if key.fileobj is not self.control:
                os.close(key.fd)
        self.select.close()
        self.control.close()


def main(control: int) -> None:
    """Prepare torch, which is imported by now, and serve."""
    preload.common()
    # Garbage collection writes into objects, and so copies their pages in each fork.
    gc.freeze()
    # A worker lives so briefly that collecting costs more than it frees.
    gc.set_threshold(50_000)
    gc.enable()
    _TemplateLoop(control, {}, {}).loop()
