"""What an audit looks at and what it finds, as frozen data: a program, and the verdicts on it.

Imports no torch: whoever counts verdicts needs none.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from autograder.intake.submission import Submission

MISTAKE = "mistake: "  # before the name of a known one, as the origin of a program


@dataclass(frozen=True)
class Program:
    """A submission whose answer to one exercise is looked at.

    sort: "right" or "wrong" where somebody has said so, else "mutant".  origin: what it was made from.
    operator, words, diff: of a mutant.
    """

    assignment: str
    exercise: str
    sort: str
    origin: str
    text: str
    suffix: str = ".py"
    operator: str = ""
    words: tuple[object, ...] = ()
    diff: str = ""

    @property
    def id(self) -> str:
        """A name that stays as long as its text does."""
        digest = hashlib.blake2b(self.text.encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()
        return f"{self.exercise}-{digest}"

    @property
    def submission(self) -> Submission:
        """As a judge takes it."""
        return Submission(self.id, self.origin, self.text, self.suffix)


@dataclass(frozen=True)
class Verdict:
    """What the oracle and the checks say of a program.

    witness: how it is wrong, or "" where the oracle finds nothing.  lost: for each check that it fails
    the share of its drawn cases that show it; 1 where they were not counted, or the worker ended.
    named: the known mistake that answers alike.  earned, points: where the whole submission was judged,
    of this exercise; others: the exercises that lost points beside it.  seeds: other courses' seeds, whose
    checks say otherwise of it.  red: what the visible self-check has against it, where the checks accept it.
    """

    program: Program
    witness: str
    lost: dict[str, float] = field(default_factory=dict)
    named: str = ""
    earned: float | None = None
    points: float = 0
    others: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    red: str = ""

    @property
    def is_wrong(self) -> bool:
        """By who wrote it, else by the oracle."""
        return bool(self.witness) if self.program.sort == "mutant" else self.program.sort == "wrong"

    @property
    def kind(self) -> str:
        """One of the four fields of a confusion matrix."""
        return f"{'wrong' if self.is_wrong else 'right'} {'rejected' if self.lost else 'accepted'}"
