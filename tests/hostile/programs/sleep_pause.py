"""Waits for a signal that never comes, and computes a little now and then, less than a deadline counts."""
# expect: timeout

import time


def attack(x):
    end = time.monotonic() + 25
    while time.monotonic() < end:
        time.sleep(0.19)
        sum(range(1000))
    return "BREACH: waited for 25 s"
