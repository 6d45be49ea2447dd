"""Reads its own and others' /proc: maps, environment, command lines, open files, connections."""
# expect: blocked

import os


def attack(x):
    pids = (
        "self",
        "thread-self",
        "1",
        str(os.getppid()),
        str(ARENA["judge"]),
        str(ARENA["zygote"]),
    )
    paths = [
        f"/proc/{p}/{f}"
        for p in pids
        for f in ("maps", "environ", "cmdline", "status", "auxv")
    ]
    paths += [
        "/proc/self/mem",
        "/proc/net/tcp",
        "/proc/mounts",
        "/proc/kallsyms",
        "/proc/cpuinfo",
    ]
    attempts = {
        path: lambda path=path: open(path, "rb").read(100) for path in paths
    }
    attempts["fd"] = lambda: os.listdir("/proc/self/fd")
    return tried(attempts)
