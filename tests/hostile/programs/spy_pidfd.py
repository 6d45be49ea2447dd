"""Takes handles of other processes, to signal them or to steal their open files."""
# expect: blocked

import os
import signal


def attack(x):
    attempts = {}
    for pid in (
        os.getpid(),
        os.getppid(),
        ARENA["zygote"],
        ARENA["judge"],
        ARENA["sibling"],
    ):
        attempts[f"pidfd {pid}"] = lambda pid=pid: os.pidfd_open(pid)
    attempts["signal"] = lambda: signal.pidfd_send_signal(3, 0)
    attempts["madvise"] = lambda: reaches("process_madvise", 3, 0, 0, 0, 0)
    attempts["mrelease"] = lambda: reaches("process_mrelease", 3, 0)
    return tried(attempts)
