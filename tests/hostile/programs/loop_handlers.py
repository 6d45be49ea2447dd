"""Handles the signals that end a process, and goes on; its own timer disturbs each wait and
each call.
"""
# expect: timeout

import signal


def attack(x):
    for name in (
        "SIGTERM",
        "SIGXCPU",
        "SIGINT",
        "SIGALRM",
        "SIGSEGV",
        "SIGVTALRM",
    ):
        signal.signal(getattr(signal, name), lambda number, frame: None)
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    while True:
        sum(range(10**6))
