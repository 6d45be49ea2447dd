"""What an exercise declares, as frozen data: its checks, known mistakes, probes and drawings.

Knows nothing of how they are declared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis.strategies import SearchStrategy

from autograder.results import Figure


def whole(answers: object) -> object:
    """The view of a check whose answers are compared as they are."""
    return answers


@dataclass(frozen=True)
class Check:
    """One graded, hidden property: a claim about the student's function, and what it is worth.

    cases: how many inputs to draw; 1, without any, where `given` is None.  weakest: the share of them that
    shows the wrong answer which is hardest to see, where the number follows from it (see `evidence`).
    same_cases_as: the checks whose cases these are too.  Where both ask the same, the student's
    function is called once for both.
    view: what of an answer to compare with a known mistake's, where answers are random.
    alone: asked question by question, of one case, for what is large or is measured.
    beyond: what draws one more case each: larger, or of other values, than are worth drawing often.
    rare: how many of the first of these are left out where answers are compared with a mistake's, since
    two who make one mistake may differ on inputs as odd as that.
    """

    exercise: str
    name: str
    title: str
    points: float
    hint: str
    body: Callable[..., None]
    given: SearchStrategy[dict] | None
    cases: int
    view: Callable[[object], object]
    same_cases_as: tuple[str, ...] = ()
    alone: bool = False
    beyond: tuple[SearchStrategy[dict], ...] = ()
    weakest: float | None = None
    rare: int = 0

    @property
    def is_compared_whole(self) -> bool:
        """Whether nothing of an answer is left out where it is compared with another's."""
        return self.view is whole


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer: the checks that it fails, and the words that explain it to a student.

    source: "" where a program found out that an answer is wrong, and how it behaves.  costs: those of the
    checks whose claim it breaks; the points of the others are given, since the mistake explains all of
    their failure.  hint: its own, or none; a check's hint knows nothing of it.
    """

    name: str
    source: str
    fails: frozenset[str]
    says: str
    costs: frozenset[str] = frozenset()
    hint: str = ""

    @property
    def is_declared(self) -> bool:
        """Whether somebody has written it down."""
        return bool(self.source)


@dataclass(frozen=True)
class Drawing:
    """What is measured for a figure, below the first of these checks that a student lost.

    body: gives a Figure of the student's function, or None where there is nothing to see.  takes_case:
    whether it is given, by name, the inputs by which the check is lost.
    """

    name: str
    body: Callable[..., Figure | None]
    checks: frozenset[str]
    takes_case: bool


@dataclass(frozen=True)
class Probe:
    """What a worker does with the student's function besides calling it; ask it in a check like a function.

    key: its name in a worker.  source: of a function `probe(f, ...)`, which stands alone.  reply: the
    form of its answer (see `replies`).  agrees: whether a reply of that form belongs to the arguments.
    rights: the functions whose right answers it carries, so that it lies in no worker of theirs.
    """

    key: str
    source: str
    reply: object
    agrees: Callable[..., bool]
    rights: frozenset[str] = frozenset()

    def __call__(self, student, *args):
        """Ask it of a student's function; the reply, with a record's fields as attributes."""
        return student.ask(self, args)
