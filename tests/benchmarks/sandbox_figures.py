"""What a worker costs: `python tests/benchmarks/sandbox_figures.py` prints medians over 200."""

from __future__ import annotations

import os
import statistics
import time

import torch

from autograder.errors import Ended
from autograder.sandbox.client import Sandbox
from autograder.sandbox.preload import PRELOAD

SOURCE = [
    ["file", 1, "def f(x):\n    return x * 2\n"],
    ["file", 4, "def hangs(x):\n    while True:\n        pass\n"],
]


def median(milliseconds: list[float]) -> str:
    ordered = sorted(milliseconds)
    worst = ordered[int(0.95 * len(ordered))]
    return f"median {statistics.median(ordered):7.2f} ms, 95 % below {worst:7.2f} ms, of {len(ordered)}"


def main() -> None:
    torch.set_num_threads(1)
    x = torch.ones(3, 1)
    begun = time.perf_counter()
    with Sandbox(PRELOAD) as sandbox:
        print(f"walls {sandbox.walls}; load average {os.getloadavg()[0]:.1f}")
        print(f"zygote ready             {time.perf_counter() - begun:.1f} s")
        starts, firsts, calls, ends, cpu, private = [], [], [], [], [], []
        for _ in range(200):
            t0 = time.perf_counter()
            worker = sandbox.worker()
            worker.load(SOURCE, ["f"], {}, 5.0)
            t1 = time.perf_counter()
            worker.ask("f", [("call", (x,))], 5.0)
            t2 = time.perf_counter()
            worker.ask("f", [("call", (x,))], 5.0)
            t3 = time.perf_counter()
            with open(f"/proc/{worker.pid}/smaps_rollup") as file:
                rows = dict(line.split()[:2] for line in file.readlines()[1:])
            t4 = time.perf_counter()
            cpu.append(1e3 * worker.close()["cpu"])
            for times, start, end in ((starts, t0, t1), (firsts, t1, t2), (calls, t2, t3)):
                times.append(1e3 * (end - start))
            ends.append(1e3 * (time.perf_counter() - t4))
            private.append(int(rows["Private_Dirty:"]) / 1024)
        print("worker started, loaded  ", median(starts))
        print("its first call          ", median(firsts))
        print("a later call            ", median(calls))
        print("killed and reaped       ", median(ends))
        print("its CPU time in all     ", median(cpu))
        print(f"its private memory       median {statistics.median(private):.1f} MiB, of {len(private)}")
        overruns = []
        for _ in range(40):
            worker = sandbox.worker()
            worker.load(SOURCE, ["f"], {}, 5.0)
            start = time.perf_counter()
            try:
                worker.ask("hangs", [("call", (x,))], 0.1)
            except Ended:
                overruns.append(1e3 * (time.perf_counter() - start - 0.1))
        print("overrun of a deadline   ", median(overruns))


if __name__ == "__main__":
    main()
