"""Looks through all objects of the interpreter for secrets of the judge and for others' sources."""
# expect: blocked

import gc

MARK = "hidden-" + "answer-"  # in two parts, so that it does not find itself


def attack(x):
    gc.unfreeze()
    count = 0
    for container in gc.get_objects():
        for thing in gc.get_referents(container):
            if type(thing) is str and MARK in thing and thing != MARK:
                return f"BREACH: {thing[:60]!r}"
            count += 1
    return f"blocked: not among {count} objects"
