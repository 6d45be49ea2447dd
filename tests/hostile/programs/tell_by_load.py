"""Reads what others could change on purpose: their CPU time, the machine's free memory and load."""
# expect: blocked

import ctypes
import os
import time


def attack(x):
    (
        time.process_time(),
        time.thread_time(),
        time.monotonic(),
    )  # one's own clocks are everybody's
    buffer = ctypes.create_string_buffer(128)
    attempts = {
        "memory": lambda: syscall("sysinfo", buffer),
        "load": lambda: os.getloadavg(),
    }
    for name in ("zygote", "judge", "sibling"):
        pid = ARENA[name]
        clock = (
            ~pid << 3 | 2
        )  # its CPU time, as clock_getcpuclockid(3) names it
        attempts[f"clock of the {name}"] = lambda clock=clock: reaches(
            "clock_gettime", clock, buffer
        )
        attempts[f"resolution of the {name}"] = lambda clock=clock: reaches(
            "clock_getres", clock, buffer
        )
        attempts[f"sleep by the {name}"] = lambda clock=clock: reaches(
            "clock_nanosleep", clock, 0, buffer, 0
        )
        attempts[f"affinity of the {name}"] = lambda pid=pid: (
            os.sched_getaffinity(pid)
        )
    return tried(attempts)
