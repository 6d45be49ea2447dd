"""Looks at and changes the scheduling, priority and resource limits of others and of itself."""
# expect: blocked

import os


def attack(x):
    other = ARENA["sibling"]
    return tried(
        {
            "nice": lambda: os.nice(1),
            "priority": lambda: os.setpriority(os.PRIO_PROCESS, other, 5),
            "affinity": lambda: os.sched_setaffinity(0, {0}),
            "scheduler": lambda: reaches("sched_setscheduler", 0, 0, 0),
            "sched_setattr": lambda: reaches("sched_setattr", 0, 0, 0),
            "ioprio": lambda: reaches("ioprio_set", 1, 0, 0),
            "prlimit": lambda: syscall("prlimit64", other, 7, 0, bytes(16)),
            "getpgid": lambda: os.getpgid(other),
            "getsid": lambda: os.getsid(0),
            "clock of another": lambda: reaches("clock_settime", -1, 0),
        }
    )
