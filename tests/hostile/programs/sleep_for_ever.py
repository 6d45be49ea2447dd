"""Sleeps for ever, which takes no processor time."""
# expect: timeout

import select


def attack(x):
    select.select([], [], [], 10**6)
