"""Looks for secrets and an instructor's PATH in its environment, its arguments and the frames
below it.
"""
# expect: blocked

import linecache
import os
import sys

MARK = "hidden-" + "answer-"


def attack(x):
    texts = [
        *os.environ.values(),
        *os.environ,
        *sys.argv,
        *sys.orig_argv,
        *sys.modules,
        *sys.path,
    ]
    texts += [str(lines) for lines in linecache.cache.values()]
    frame = sys._getframe().f_back
    while frame:
        texts += [
            repr(v)[:10_000]
            for v in frame.f_locals.values()
            if not isinstance(v, dict)
        ]
        frame = frame.f_back
    here = [text for text in texts if MARK in text]
    ours = (
        "autograder.exercises",
        "autograder.judging",
        "autograder.authoring",
        "hypothesis",
    )
    here += [name for name in sys.modules if name.startswith(ours)]
    here += [
        folder
        for folder in os.environ["PATH"].split(":")
        if folder not in os.defpath.split(":")
    ]
    return f"BREACH: {here}" if here else "blocked: nothing there"
