"""Becomes another user, another group, and gains capabilities."""
# expect: blocked

import os


def attack(x):
    return tried(
        {
            "setuid": lambda: os.setuid(os.getuid()),
            "setresuid": lambda: os.setresuid(-1, -1, -1),
            "setgid": lambda: os.setgid(os.getgid()),
            "setgroups": lambda: os.setgroups([]),
            "setfsuid": lambda: reaches("setfsuid", 0),
            "capset": lambda: reaches("capset", 0, 0),
            "capget": lambda: reaches("capget", 0, 0),
            "keyctl": lambda: reaches("keyctl", 0, -3, 0),
            "add_key": lambda: reaches("add_key", 0, 0, 0, 0, 0),
            "request_key": lambda: reaches("request_key", 0, 0, 0, 0),
        }
    )
