"""A Dask cluster of processes on this machine, whose workers may be told something before they
begin.

Knows nothing of what is expected of it.
"""

import contextlib
import os
import socket
import subprocess
import sys

import psutil
from process_helpers import PATIENCE, family, still_there

DASK = [sys.executable, "-m", "dask"]


def a_port():
    """One that is free."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:
        return server.getsockname()[1]


class Cluster:
    """A scheduler and workers in this folder; `address` stays when another scheduler starts.

    Temporary files are in `tmp` there, and what each process says in a `.log`.
    """

    def __init__(self, place):
        self.place = place
        self.address = f"tcp://127.0.0.1:{a_port()}"
        self._started = []
        (place / "tmp").mkdir(parents=True)

    def start_scheduler(self):
        """Its process's id is in scheduler.pid."""
        self._start("scheduler", "--host", self.address)
        (self.place / "scheduler.pid").write_text(str(self._started[-1].pid))

    def start_workers(self, count, told="", nanny=True):
        """So many, with a thread each, that run `told` first."""
        preload = self.place / f"told{len(self._started)}.py"
        preload.write_text(told)
        words = (
            f"--nthreads 1 --nworkers {count} --{'' if nanny else 'no-'}nanny"
        )
        words += (
            f" --preload {preload} --local-directory {self.place / 'space'}"
        )
        self._start("worker", self.address, *words.split())

    def wait(self, count):
        """Until so many workers are there.  Raises TimeoutError."""
        from distributed import Client

        with Client(
            self.address, timeout=PATIENCE, set_as_default=False
        ) as client:
            client.wait_for_workers(count, timeout=PATIENCE)

    def _start(self, *words):
        environment = os.environ | {"TMPDIR": str(self.place / "tmp")}
        with open(self.place / f"{len(self._started)}.log", "wb") as log:
            process = psutil.Popen(
                [*DASK, *words, "--no-dashboard"],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=self.place,
            )
        self._started.append(process)

    def end(self):
        """Tell all to end, workers first; return who still ran long after, and was killed."""
        members = set().union(
            *(family(process.pid) for process in self._started)
        )
        for process in reversed(self._started):
            with contextlib.suppress(psutil.Error):
                process.terminate()
                process.wait(PATIENCE)
        left = still_there(members)
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        return left


@contextlib.contextmanager
def cluster(place):
    """One that is ended whatever happens."""
    running = Cluster(place)
    try:
        yield running
    finally:
        running.end()
