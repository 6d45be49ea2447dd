"""Attaches to the zygote, the judge and a sibling as a debugger does."""
# expect: blocked

import os

SEIZE, ATTACH, TRACEME = 0x4206, 16, 0


def attack(x):
    attempts = {"traceme": lambda: syscall("ptrace", TRACEME, 0, 0, 0)}
    for pid in (
        os.getppid(),
        ARENA["zygote"],
        ARENA["judge"],
        ARENA["sibling"],
    ):
        attempts[f"seize {pid}"] = lambda pid=pid: syscall(
            "ptrace", SEIZE, pid, 0, 0
        )
    return tried(attempts)
