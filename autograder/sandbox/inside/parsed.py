"""What the reader found in a submission, as frozen data that crosses to the judge and back."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.errors import Message
from autograder.sandbox.inside.extras import PARTS
from autograder.sandbox.inside.notebooks import PROBLEMS


@dataclass(frozen=True)
class Statement:
    """A statement at top level: where it stands ("cell 3" or "file", and the line in it), and its text.

    binds: the names that it gives a value.
    """

    place: str
    line: int
    source: str
    binds: tuple[str, ...] = ()

    @property
    def head(self) -> str:
        """Its first line that is no decorator."""
        lines = self.source.split("\n")
        return next((line for line in lines if not line.startswith("@")), lines[0]).strip()


@dataclass(frozen=True)
class Lost:
    """What could not be read, or failed when it was run: where, and the exception's type and message.

    defines: the name that it would have bound, where that can be told.  code: the line itself.
    """

    place: str
    line: int
    kind: str
    message: str
    defines: str = ""
    code: str = ""


@dataclass(frozen=True)
class ParsedSubmission:
    """A submission as statements: each function's, what was lost, and why there is nothing.

    needs: for each function, the numbers of the statements to run for it.  names: the functions and
    classes that the file defines, for near names.  written: the functions whose body holds more than
    a docstring and a `raise`.  extras: the parts that few need and this one uses, as `extras.used` names
    them.  problem: why it cannot be read.  takes: how many parameters by place each `def` has.
    """

    statements: tuple[Statement, ...] = ()
    needs: Mapping[str, tuple[int, ...]] = dataclasses.field(default_factory=dict)
    lost: tuple[Lost, ...] = ()
    names: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    problem: Message | None = None
    takes: Mapping[str, int] = dataclasses.field(
        default_factory=dict
    )  # of names: how many parameters, by place

    @functools.cached_property
    def by_place(self) -> dict[tuple[str, int], Statement]:
        """The first statement of each place and line."""
        return {(s.place, s.line): s for s in reversed(self.statements)}

    def needed(self, function: str) -> list[Statement]:
        """The statements that a function needs, in their order."""
        return [self.statements[number] for number in self.needs.get(function, ())]

    def to_wire(self) -> dict:
        """As plain data."""
        return {
            "statements": [[s.place, s.line, s.source, list(s.binds)] for s in self.statements],
            "needs": {name: list(numbers) for name, numbers in self.needs.items()},
            "lost": [list(dataclasses.astuple(each)) for each in self.lost],
            "names": list(self.names),
            "written": list(self.written),
            "extras": list(self.extras),
            "problem": self.problem and list(self.problem),
            "takes": dict(self.takes),
        }

    @classmethod
    def from_wire(cls, tree: object) -> ParsedSubmission:
        """The inverse of `to_wire`.  Raises ValueError for anything else."""
        if type(tree) is not dict or tree.keys() != {field.name for field in dataclasses.fields(cls)}:
            raise ValueError("no parsed submission")
        statements = records(Statement, tree["statements"], [str, int, str, list])
        for statement in statements:
            _demand_names(statement.binds)
        statements = tuple(dataclasses.replace(s, binds=tuple(s.binds)) for s in statements)
        needs = tree["needs"]
        if type(needs) is not dict or not all(
            type(numbers) is list and all(type(n) is int and 0 <= n < len(statements) for n in numbers)
            for numbers in needs.values()
        ):
            raise ValueError("no needs")
        _demand_names(tree["names"])
        _demand_names(tree["written"])
        _demand_names(tree["extras"])
        if not PARTS.issuperset(tree["extras"]):
            raise ValueError("no extras")
        takes = tree["takes"]
        if type(takes) is not dict or {*map(type, takes)} - {str} or {*map(type, takes.values())} - {int}:
            raise ValueError("no numbers of parameters")
        return cls(
            statements,
            {name: tuple(numbers) for name, numbers in needs.items()},
            records(Lost, tree["lost"], [str, int, str, str, str, str]),
            tuple(tree["names"]),
            tuple(tree["written"]),
            tuple(tree["extras"]),
            _problem(tree["problem"]),
            takes,
        )


def _problem(value):
    """One of the sentences that a reader has, with short values: a worker may say anything."""
    if value is None:
        return None
    text, values = value if type(value) is list and len(value) == 2 else ("", {})
    if type(text) is not str or type(values) is not dict or {*values} != {*PROBLEMS.get(text, [None])}:
        raise ValueError("no problem")
    short = {name: each if type(each) is int else str(each)[:20] for name, each in values.items()}
    return Message(text, short)


def _demand_names(value):
    if type(value) is not list or not all(type(name) is str for name in value):
        raise ValueError("no names")


def records(kind: type, rows: object, types: Sequence[type]) -> tuple:
    """Values of a dataclass from rows of just these types.  Raises ValueError for anything else."""
    if type(rows) is not list or not all(type(r) is list and list(map(type, r)) == list(types) for r in rows):
        raise ValueError(f"no rows of {kind.__name__}")
    return tuple(kind(*row) for row in rows)
