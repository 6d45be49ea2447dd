"""Tells by the error number whether a hidden file exists.  Only bwrap hides names as well."""
# expect: blocked
# without bwrap: leak

import os


def number(path):
    try:
        os.close(os.open(path, os.O_RDONLY))
    except OSError as error:
        return error.errno
    return 0


def attack(x):
    there, not_there = number(ARENA["hidden"]), number(ARENA["hidden"] + ".no")
    if there == 0:
        return "BREACH: opened"
    if there == not_there:
        return "blocked: the same error for a file and for none"
    return f"leak: {there} for a file, {not_there} for none"
