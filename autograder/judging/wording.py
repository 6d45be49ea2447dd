"""What is said of a fault and of a case: every sentence of this room stands here.

Whatever a student can write into a message is cut and cleaned.  Knows nothing of how faults come about.
"""

from __future__ import annotations

import re

from autograder.authoring.exercise import Exercise
from autograder.authoring.expect import shown
from autograder.judging.faults import Fault
from autograder.sandbox.inside.parsed import Lost

SAID = {
    "differs": "{words}",
    "raised": "your code raised {error}: {message}",
    "malformed": "it answered in a way that no function can",
    "not_written": "it is not written yet: replace the line that raises NotImplementedError",
    "too_slow_before": "not run, since two checks of this function ran out of time",
    "part_too_slow": "not run, since your {part} ran out of time",
    "unreadable": "{problem}",
    "absent": "there is no function `{function}` in the file",
    "lost_in_reading": "{where} defines {function}, but cannot be read: {error}: {message}",
    "lost_in_loading": "{where} defines {function}, but fails: {error}: {message}",
    "ours": "{error}: {message}",
    "ended": "{words}",
}
DID_YOU_MEAN = "; did you mean `{near}`?"
FOLLOWED = "taken with that mistake as given"
WHILE_LOADING = "while its cell was run: "
COULD_NOT_BE_READ = "{where} could not be read: {message}"
GRADED_UNSAFE = "graded with --unsafe; walls around this code: {walls}"
UNREADABLE_FILE = "the file cannot be read as Python: it breaks the reader"


def message(fault: Fault) -> str:
    """What happened, in a sentence."""
    values = dict(fault.values)
    if "line" in values:
        values["where"] = where(values["place"], values["line"])
    words = SAID[fault.kind].format(**values)
    if fault.kind == "raised":
        words = words.removesuffix(": ")
        words += f" ({values['place']})" if values["place"] else ""
    if fault.kind == "ours":
        words = words.removesuffix(": ")
    if values.get("near"):
        words += DID_YOU_MEAN.format(near=values["near"])
    if values.get("loading"):
        words = WHILE_LOADING + words
    return cleaned(words)


def note(lost: Lost) -> str:
    """What of the file could not be read, for the student."""
    return cleaned(COULD_NOT_BE_READ.format(where=where(lost.place, lost.line), message=lost.message))


def where(place: str, line: int) -> str:
    """A place in a submission."""
    return f"{place}, line {line}" if place != "file" else f"line {line}"


def inputs(exercise: Exercise, case: dict) -> str:
    """A case as the student reads it, without what only the judge needs."""
    return ", ".join(f"{k} = {shown(v)}" for k, v in case.items() if k not in exercise.unseen)


def cleaned(words: str) -> str:
    """A message that is the same in every run and on every machine: no addresses, no folders.

    A worker's message is the student's to write, so it is cut to a line or two.
    """
    words = re.sub(r"0x[0-9a-fA-F]{4,}", "0x…", words[:2000])
    words = re.sub(r"(?:/[\w.+~-]+){2,}/(?=[\w.+-])", "…/", words)
    words = re.sub(r"\s*\n\s*", " ", words).strip()
    words = "".join(c if c.isprintable() else "?" for c in words)
    return words if len(words) <= 400 else words[:399] + "…"
