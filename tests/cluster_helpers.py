"""A Dask cluster of processes on this machine, whose workers may be told something before they
begin.

Knows nothing of what is expected of it.
"""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
from process_helpers import PATIENCE, family, still_there

DASK = [sys.executable, "-m", "dask"]


def a_port() -> int:
    """One that is free."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:
        return server.getsockname()[1]


class Cluster:
    """A scheduler and workers in this folder; `address` stays when another scheduler takes its
    place.

    Temporary files lie in `tmp` there, and what each process says in a `.log`.
    """

    def __init__(self, place: Path):
        self.place, self.address = place, f"tcp://127.0.0.1:{a_port()}"
        self._started: list[subprocess.Popen] = []
        (place / "tmp").mkdir(parents=True)

    def start_scheduler(self) -> None:
        """Its process's id lies in scheduler.pid."""
        self._start("scheduler", "--host", self.address, "--no-dashboard")
        (self.place / "scheduler.pid").write_text(str(self._started[-1].pid))

    def start_workers(self, count: int, told: str = "", nanny: bool = True) -> None:
        """So many, with a thread each, that run `told` first."""
        preload = self.place / f"told{len(self._started)}.py"
        preload.write_text(told, encoding="utf-8")
        words = [
            "--nthreads",
            1,
            "--no-dashboard",
            "--preload",
            preload,
            "--nworkers",
            count,
        ]
        words += [
            "--local-directory",
            self.place / "space",
            "--nanny" if nanny else "--no-nanny",
        ]
        self._start("worker", self.address, *words)

    def wait(self, count: int) -> None:
        """Until so many workers are there.  Raises TimeoutError."""
        from distributed import Client

        with Client(self.address, timeout=PATIENCE, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=PATIENCE)

    def _start(self, *words):
        options = {
            "env": {**os.environ, "TMPDIR": str(self.place / "tmp")},
            "cwd": self.place,
        }
        with open(self.place / f"{len(self._started)}.log", "wb") as log:
            command = [*DASK, *map(str, words)]
            self._started.append(
                subprocess.Popen(
                    command, stdout=log, stderr=subprocess.STDOUT, **options
                )
            )

    def end(self) -> set:
        """Tell all to end, workers first; who still runs long after, and was killed then."""
        members = set().union(*(family(one.pid) for one in self._started))
        for words in ("worker", "scheduler"):
            told = [one for one in self._started if words in one.args]
            for one in told:
                one.terminate()
            for one in told:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    one.wait(PATIENCE)
        left = still_there(members)
        for one in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        return left


@contextlib.contextmanager
def cluster(place: Path) -> Iterator[Cluster]:
    """One that is ended whatever happens."""
    found = Cluster(place)
    try:
        yield found
    finally:
        found.end()
