"""Errors that a person reads: an English sentence, and the values that fill it.  Knows no
language.
"""

import errno
import math
import signal
from collections.abc import Mapping
from typing import Any, NamedTuple


def N_(text: str) -> str:
    """Mark a sentence in a constant for the catalogues, as gettext's manual does."""
    return text


# In place of an exception's type: a limit of the grader.  A student's class cannot have this name.
NOT_PERMITTED = "not permitted"


class Message(NamedTuple):
    """An English sentence for a person, false if it is empty.

    values: fill its braces, and can be messages themselves.

    >>> str(Message("No file {path}.", {"path": "a.py"}))
    'No file a.py.'
    """

    text: str
    values: Mapping[str, object] = {}

    def __bool__(self) -> bool:
        return bool(self.text)

    def __str__(self) -> str:
        if self.values:
            return self.text.format(**self.values)
        return self.text


NO_PROBLEM = Message("")


def as_data(value: object) -> Any:
    """Return a value of a message in JSON types, with messages as {"text": …, "values": …}."""
    if isinstance(value, KitError):
        value = value.message
    if isinstance(value, Message):
        return {"text": value.text, "values": as_data(dict(value.values))}
    if isinstance(value, Mapping):
        return {name: as_data(item) for name, item in value.items()}
    if type(value) is list:
        return [as_data(item) for item in value]
    if type(value) in (str, int, bool) or value is None:
        return value
    if type(value) is float and math.isfinite(value):
        return value
    return str(value)


class KitError(Exception):
    """An error for a person, in English; it pickles.  code: of a command that it ends."""

    code = 2

    def __init__(self, text: str, /, **values: object):
        # self.args stay what this error was made of, by which it is made again elsewhere
        self.message = Message(text, values)

    def __str__(self) -> str:
        return str(self.message)


class Interrupted(BaseException):
    """A signal asked this process to end; no `except Exception` may catch that."""

    def __init__(self, number: int):
        super().__init__(signal.Signals(number).name)
        self.code = 128 + number


class DeclarationError(KitError):
    """An author's error in an exercise or a notebook.  where: which declaration, if it is one."""

    code = 1

    def __init__(self, text: str, where: str = "", /, **values: object):
        super().__init__(text, **{"where": where} if where else {}, **values)


class SandboxError(KitError):
    """The sandbox itself failed: never the student's fault."""


class Unread(KitError):
    """A file or text that holds no readable submission: needs review, since it may be right."""


# What a machine lacks most often, and what to do about it.
LACKS = {
    errno.ENOSPC: N_("The disk is full. Free some space."),
    errno.EMFILE: N_(
        "Too many files are open in this process. Raise the limit, for example with "
        "`ulimit -n 1024`."
    ),
    errno.EAGAIN: N_(
        "No more processes can start. Raise pids-limit or `ulimit -u`, or lower --jobs."
    ),
    errno.ENOMEM: N_("Out of memory. Give this machine more, or lower --jobs."),
}

# How a worker can end: what happened -> (outcome, words).
ENDS = {
    "slow": ("timeout", N_("it did not finish within {seconds:g} s")),
    "asleep": (
        "timeout",
        N_("it waited for {seconds:g} s without computing anything"),
    ),
    "spent": (
        "timeout",
        N_(
            "the submission used up its {seconds:g} s, counted over all functions"
        ),
    ),
    "limit": (
        "timeout",
        N_("it used more CPU time than one submission is allowed"),
    ),
    "signal": ("crashed", N_("its process was stopped by {signal}")),
    "status": ("crashed", N_("it exited with status {status}")),
    "gone": ("crashed", N_("its process had already ended")),
    "large": ("error", N_("it returned too much data")),
    "much": ("error", N_("it returned too much data in all")),
    "count": ("error", N_("it returned the wrong number of answers")),
    "load": ("error", N_("its code did not load")),
    "frame": ("error", "{why}"),
}


class Ended(KitError):
    """The student's code ended the worker.

    what: a key of ENDS.  outcome: `timeout`, `crashed`, or `error` if it sent what no right
    answer sends.
    """

    def __init__(self, what: str, /, **values: object):
        self.what, (self.outcome, text) = what, ENDS[what]
        super().__init__(text, **values)
