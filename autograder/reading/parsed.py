"""What the parser found in a submission, as frozen data that crosses to the judge and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

from autograder.errors import Message
from autograder.reading.notebooks import PROBLEMS
from autograder.wire import fits


@dataclass(frozen=True)
class Statement:
    """A top-level statement."""

    place: str  # "cell 3" or "file"
    line: int  # there
    source: str
    # the names to which it gives a value
    binds: Sequence[str] = ()
    defines_function: bool = False

    @property
    def head_row(self) -> int:
        """How many lines of decorators are above its first line."""
        for row, line in enumerate(self.source.split("\n")):
            if not line.startswith("@"):
                return row
        return 0

    @property
    def first_line(self) -> str:
        """The line below its decorators."""
        return self.source.split("\n")[self.head_row].strip()


@dataclass(frozen=True)
class FailedStatement:
    """What could not be read, or failed when it was run."""

    place: str
    line: int
    error: str  # the exception's type
    message: str
    # the names that it would have bound, if known
    binds: Sequence[str] = ()
    first_line: str = ""


@dataclass(frozen=True)
class ParsedSubmission:
    """A submission as statements."""

    statements: Sequence[Statement] = ()
    # a function -> the numbers of the statements to run for it
    needs: Mapping[str, Sequence[int]] = field(default_factory=dict)
    failed: Sequence[FailedStatement] = ()
    # the functions and classes that the file defines, also those that Python cannot read
    names: Sequence[str] = ()
    # the functions whose body has more than a docstring and a `raise`
    written: Sequence[str] = ()
    needs_slow_imports: bool = False
    # a function -> the numbers of the statements to run for it if it fails with those of `needs`
    fallback: Mapping[str, Sequence[int]] = field(default_factory=dict)
    # a function -> why Python cannot read a statement that it uses, which is repaired
    misread: Mapping[str, FailedStatement] = field(default_factory=dict)
    # a function that the file does not define -> the name under which it does
    misnamed: Mapping[str, str] = field(default_factory=dict)
    problem: Message | None = None  # why it cannot be read

    @cached_property
    def by_place(self) -> dict[tuple[str, int], Statement]:
        """The first statement of each place and line."""
        return {(s.place, s.line): s for s in reversed(self.statements)}

    def needed(self, function: str) -> list[Statement]:
        """Return the statements that a function needs, in their order."""
        return [
            self.statements[number] for number in self.needs.get(function, ())
        ]

    def with_fallback(self, function: str) -> ParsedSubmission:
        """Return the submission with all statements that may change what a function reads."""
        needs = {**self.needs, function: self.fallback[function]}
        return replace(self, needs=needs, fallback={})

    def last_fallback(self, function: str) -> FailedStatement:
        """Return the last statement that is run for a function only if it fails."""
        numbers = {*self.fallback[function]}.difference(self.needs[function])
        statement = self.statements[max(numbers)]
        return FailedStatement(
            statement.place,
            statement.line,
            error="",
            message="",
            first_line=statement.first_line,
        )

    def to_wire(self) -> dict[str, Any]:
        return dict(json.loads(json.dumps(asdict(self))))

    @classmethod
    def from_wire(cls, tree: Any) -> ParsedSubmission:
        """Return the submission that `to_wire` gave.  Raises ValueError for anything else."""
        if not fits(_FORM, tree):
            raise ValueError("no parsed submission")
        all_numbers = {*range(len(tree["statements"]))}
        for numbers in (*tree["needs"].values(), *tree["fallback"].values()):
            if not all_numbers.issuperset(numbers):
                raise ValueError("no such statement")
        fields: dict[str, Any] = {}
        fields["statements"] = [
            Statement(**part) for part in tree["statements"]
        ]
        fields["failed"] = [FailedStatement(**part) for part in tree["failed"]]
        fields["misread"] = {
            name: FailedStatement(**fault)
            for name, fault in tree["misread"].items()
        }
        fields["problem"] = tree["problem"] and Message(*tree["problem"])
        return cls(**tree | fields)


_PLACE = {"place": str, "line": int}
_FAILED = {
    **_PLACE,
    "error": str,
    "message": str,
    "binds": [str],
    "first_line": str,
}
_STATEMENT = {
    **_PLACE,
    "source": str,
    "binds": [str],
    "defines_function": bool,
}
_FORM = {
    "statements": [_STATEMENT],
    "needs": {str: [int]},
    "fallback": {str: [int]},
    "failed": [_FAILED],
    "names": [str],
    "written": [str],
    "needs_slow_imports": bool,
    "misread": {str: _FAILED},
    "misnamed": {str: str},
    "problem": lambda problem: (
        problem in (None, *([text, {}] for text in PROBLEMS))
    ),
}
