"""Sleeps for ever, which takes no processor time."""
# expect: timeout

import time


def attack(x):
    time.sleep(10**6)
