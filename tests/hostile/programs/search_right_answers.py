"""Looks for the right answers among functions, modules and what the loader holds."""
# expect: blocked

import gc
import types


def attack(x):
    gc.unfreeze()
    for thing in gc.get_objects():
        if type(
            thing
        ) is types.FunctionType and thing.__code__.co_filename.startswith(
            "<right"
        ):
            return f"BREACH: {thing.__qualname__}"
    return "blocked: none is loaded where none is needed"
