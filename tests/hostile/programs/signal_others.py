"""Signals the zygote, the judge, a sibling, its own group and everybody, by signals that end
nobody.
"""
# expect: blocked

import os
import signal


def attack(x):
    attempts = {}
    near = [os.getpid() - 1, os.getpid() - 2]
    for pid in (
        os.getppid(),
        ARENA["judge"],
        ARENA["zygote"],
        ARENA["sibling"],
        1,
        0,
        -1,
        *near,
    ):
        attempts[f"kill {pid}"] = lambda pid=pid: os.kill(pid, 0)
        attempts[f"cont {pid}"] = lambda pid=pid: os.kill(pid, signal.SIGCONT)
        attempts[f"tkill {pid}"] = lambda pid=pid: syscall("tkill", pid, 0)
        attempts[f"tgkill {pid}"] = lambda pid=pid: syscall(
            "tgkill", pid, pid, 0
        )
        attempts[f"queue {pid}"] = lambda pid=pid: reaches(
            "rt_sigqueueinfo", pid, 0, 0
        )
    attempts["group"] = lambda: os.killpg(0, signal.SIGCONT)
    return tried(attempts)
