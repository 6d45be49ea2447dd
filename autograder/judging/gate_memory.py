"""That the gate stood open is remembered, and what the reference answered, while nothing has changed.

It saves time, and nothing is bought by it: what was judged is signed by the user's own key, as all in the
cache is, and judged anew wherever a part is another or somebody else may have written it.
"""

from __future__ import annotations

import platform
import sys

from autograder import cache
from autograder.judging import gate
from autograder.judging.judge import Judge


def check(judge: Judge) -> bool:
    """Have the gate open; whether that was remembered.  Raises BrokenGate, which is never remembered."""
    if judge.settings.unsafe:  # nothing keeps student code from the key
        gate.check(judge)
        return False
    judged = []

    def opened():
        gate.check(judge)
        judged.append(True)
        return judge.keys_of_right

    judge.know_right(cache.made_once(_name(judge), opened))
    return not judged


def recall(judge: Judge) -> None:
    """Tell a judge beside the one that opens the gate what is remembered, if anything is."""
    if not judge.settings.unsafe:
        judge.know_right(cache.kept(_name(judge)) or {})


def _name(judge):
    parts = stands_on(judge).items()
    return f"gate-{judge.cases.assignment}-" + cache.digest([], *(f"{part}={value}" for part, value in parts))


def stands_on(judge: Judge) -> dict[str, str]:
    """All that the gate's verdict depends on, by name: another value of any of them opens it anew."""
    assignment = judge.cases.assignment
    sources = {"reference": gate.reference(assignment), "stub": gate.stub(assignment)}
    return {
        "kit": cache.KIT,  # the kit's sources, hidden exercises among them, and the versions of libraries
        **{name: repr((one.text, one.suffix, one.problem)) for name, one in sources.items()},
        "settings": judge.settings.digest,
        "cases": judge.cases.hash,
        "walls": str(judge.sandbox.walls),
        **{name: cache.version(name) for name in ("ipython", "matplotlib")},  # workers import them too
        "python": sys.version,
        "machine": " ".join(platform.uname()),  # its libraries compute otherwise on another processor
    }
