"""Exercises with their right answers, checks, known mistakes, probes and test doubles.

An exercise holds all of its own declarations; there is no registry.  Knows nothing of workers: a
check's body gets a proxy of the student's function.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Unpack

from hypothesis.strategies import SearchStrategy

from autograder.authoring import checks, contract, probes, proxy, sources
from autograder.authoring.checks import Check, Options
from autograder.authoring.mistakes import Declaration, Mistake
from autograder.authoring.probes import ANYTHING, Probe
from autograder.authoring.proxy import OWN, OWN_IF_PASSED, RIGHT, RIGHT_AS_OWN, Doubles
from autograder.errors import DeclarationError
from autograder.languages import N_, tr
from autograder.results import Figure


@dataclass(eq=False, repr=False)
class Exercise:
    """A function that the student writes.  A call of the exercise calls its right answer.

    The folder of its file is its assignment.  Exercises are sorted by their test cells in the notebook.

    function: the name that the student's function must have.
    parts: other exercises whose functions this one calls, with their own parts.
    hidden_inputs: names of drawn inputs that only a check needs, and that no student reads.
    may_seed: whether a right answer may seed the global generators, as a whole training may.
    """

    name: str
    function: str = ""
    parts: tuple[Exercise, ...] = ()
    hidden_inputs: tuple[str, ...] = ()
    may_seed: bool = False
    assignment: str = ""  # said by who found it
    checks: list[Check] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    oracles: list[Check] = field(default_factory=list)  # no student is graded by them
    probes: list[Probe] = field(default_factory=list)
    drawings: list[Callable[..., Figure | None]] = field(default_factory=list)
    pastes: dict[str, Callable[..., Any]] = field(default_factory=dict)  # by a probe's key
    doubles_declared: list[Doubles] = field(default_factory=list)
    students: dict[str, str] = field(default_factory=dict)
    right: Callable[..., Any] | None = None
    right_source: str = ""  # as it runs in a worker
    own_doubles: dict[str, str] = field(default_factory=dict)  # the sources, by kind

    def __post_init__(self) -> None:
        self.function = self.function or self.name
        self.parts = tuple(dict.fromkeys(one for part in self.parts for one in (part, *part.parts)))
        for part in self.parts:
            if part.function != part.name:
                words = N_(
                    "`{part}` cannot be a part of `{where}`, because it has no function of its "
                    "own. Remove it from parts=."
                )
                raise DeclarationError(words, self.name, part=part.name)

    def __call__(self, *args: object) -> Any:
        """What the right answer returns."""
        if self.right is None:
            raise DeclarationError(
                "`{where}` has no answer yet. Declare its answer before the code that calls it.", self.name
            )
        return self.right(*args)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the function's parameters, as the right answer has them."""
        return tuple(inspect.signature(self.right).parameters) if self.right else ()

    @property
    def points(self) -> float:
        return sum(check.points for check in self.checks)

    @property
    def substituted(self) -> tuple[Exercise, ...]:
        """The parts whose functions can be replaced: all but one that this exercise runs itself."""
        return tuple(part for part in self.parts if part.function != self.function)

    @property
    def double_sources(self) -> dict[str, dict[str, str]]:
        """For each part that can be replaced, the sources of its doubles; a right one only if it is used."""
        found: dict[str, dict[str, Any]] = {}
        for part in self.substituted:
            found[part.name] = {"bounded": part.own_doubles.get("bounded", "")}
            if self.has_doubles:
                found[part.name] = {"right": part.right_source, **part.own_doubles}
                for inner in part.substituted:  # what a right one calls
                    found.setdefault(inner.name, {"right": inner.right_source, "stands": False})
        return found

    @property
    def default_doubles(self) -> list[Doubles]:
        """The doubles of a check that names none: the first declared, else right ones in both call orders."""
        if self.doubles_declared or not self.substituted:
            return self.doubles_declared[:1] or [Doubles({})]
        return [Doubles(dict.fromkeys([p.name for p in self.substituted], r)) for r in (RIGHT, RIGHT_AS_OWN)]

    @property
    def has_doubles(self) -> bool:
        """Whether any check replaces a part."""
        declared = self.doubles_declared or self.default_doubles
        return any(role != OWN for doubles in declared for role in doubles.roles.values())

    @property
    def conditional(self) -> frozenset[str]:
        """The parts whose role depends on whether they passed their own checks."""
        pairs = [pair for one in self.doubles_declared for pair in one.roles.items()]
        return frozenset(part for part, role in pairs if role == OWN_IF_PASSED)

    def answer(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Take the decorated function as the right answer.  Raises DeclarationError."""
        self.right_source = self.standing_alone(function, self.place("the answer", function.__name__))
        self.right = function
        return function

    def check(
        self, *, points: float, hint: str, **options: Unpack[Options]
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Grade by the decorated body, whose docstring is the title that the student reads.

        options: as for Check; same_cases_as: bodies of earlier checks.  The body takes a proxy of the
        student's function, and the drawn inputs by name; its first question depends on these alone, so that
        all students get the same.  Raises DeclarationError, as `checks.declare` does.
        """

        def declare(body: Callable[..., Any]) -> Callable[..., Any]:
            place = self.place("check", body.__name__)
            self.checks.append(checks.declare(self.name, place, body, self.checks, points, hint, options))
            return body

        return declare

    def oracle(self, **options: Unpack[Options]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Let the decorated body, written like a check's, decide in the audit which answers are right.

        It draws everything that the stub's docstring allows, large and odd inputs too, and grades nobody.
        It uses nothing of the checks, because it measures them.
        """

        def declare(body: Callable[..., Any]) -> Callable[..., Any]:
            place = self.place("oracle", body.__name__)
            self.oracles.append(checks.declare(self.name, place, body, self.oracles, 1, "-", options))
            return body

        return declare

    def contract(
        self,
        *,
        given: SearchStrategy[dict[str, Any]],
        points: Mapping[str, float],
        hint: str = "",
        up_to: float = 32.0,
    ) -> None:
        """Declare the checks that most exercises need, against the right answer above.

        given: `tensors(...)` with the right answer's parameters, in its order.  points: for "value", "inputs
        unchanged", "float64" and "gradients"; mistakes name these checks with `_` for a space.
        hint: replaces the general hint of "value".  up_to: how large the numbers may be.

        Besides small cases, each check draws every axis with size 1 and about 1500, and numbers that round;
        "value" also draws numbers up to `up_to` and down to 0.001.  The oracle that it declares goes further.
        The error allowed is what rounding errors in the inputs do to the right answer.  Raises
        DeclarationError without a right answer, or if its parameters or a check's name do not match.
        """
        contract.declare(self, given, points, hint, up_to)

    def mistake(
        self,
        name: str = "",
        says: str = "",
        *,
        fails: Iterable[Callable[..., Any] | str] | str,
        costs: Iterable[Callable[..., Any] | str] | None = None,
    ) -> Declaration:
        """Declare a wrong answer that fails these checks and no others.

        Decorate a function with it, or replace a text of the right answer:

            loss.mistake("forgets_the_half", "You forgot the half.", fails=ALL).replace(" / 2", "")

        name: by default the function's.  says: what the student reads.  fails: the checks or their names;
        write "?" if you do not know them yet, and `autograder check` prints them.  costs: the failed checks
        whose claim the mistake breaks; by default all of them.
        """
        caller = traceback.extract_stack(limit=2)[0]
        place = f"{Path(caller.filename).name}, line {caller.lineno}"
        is_open = fails == "?"
        failed = _names_of([check.name for check in self.checks] if is_open else fails)
        paid = failed if costs is None else _names_of(costs)
        return Declaration(self, Mistake(name, "", failed, says, paid, is_open, place))

    def probe(
        self, *, reply: object = ANYTHING, agrees: Callable[..., bool] = lambda reply, *args: True
    ) -> Callable[[Callable[..., Any]], Probe]:
        """Make the decorated function a Probe: it runs beside the student's function, as `probe(f, ...)`.

        If its second parameter is called `log`, it gets the logs of the recorded doubles there, by part.
        reply: the form of what it returns.  agrees: whether a reply of that form fits the arguments.
        """

        def declare(function: Callable[..., Any]) -> Probe:
            self.probes.append(probes.declare(self, function, reply, agrees))
            return self.probes[-1]

        return declare

    def paste(self, *, of: Iterable[Probe]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Let `function(literal, recordings, *args)` write the question of these probes as notebook lines.

        literal(value) is the value as Python code; recordings: what each recorded double returns, by part.
        The last line shows what the probe looks at.  It returns [] if lines cannot ask it.  The lines bind
        only names that begin with `try_`, so the notebook's own names do not change.
        """

        def declare(function: Callable[..., Any]) -> Callable[..., Any]:
            self.pastes |= {probe.key: function for probe in of}
            return function

        return declare

    def figure(self, body: Callable[..., Figure | None]) -> Callable[..., Figure | None]:
        """Show a student who fails a check the Figure that the decorated body returns, or None.

        The body asks questions as a check's does, but gets only the student's function.
        """
        self.drawings.append(body)
        return body

    def _double(self, kind: str, function: Callable[..., Any]) -> Callable[..., Any]:
        where = self.place(kind, function.__name__)
        self.own_doubles[kind] = self.standing_alone(function, where, kind)
        return function

    def adapted(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Use `function(right, own)` in place of the right answer when this is a part.

        own: the student's function, or None.
        """
        return self._double("adapted", function)

    def bounded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Use `function(own)` in place of the student's own function when this is a part."""
        return self._double("bounded", function)

    def recorded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Let `function(values, own, log)` make the double that returns recorded values.

        own: the student's function, or None.  log: a list that a probe can read.
        """
        return self._double("recorded", function)

    def doubles(self, *, others: str = RIGHT, **roles: str) -> Doubles:
        """Declare a double for each part.  A check that names no doubles uses those declared first."""
        self.doubles_declared.append(proxy.declare_doubles(self.name, self.substituted, others, roles))
        return self.doubles_declared[-1]

    def sample(self, **students: Callable[..., Any] | Mistake | str) -> None:
        """Give students of the sample class their own versions of this function."""
        for student, what in students.items():
            if isinstance(what, Mistake):
                what = what.source
            if not isinstance(what, str):
                what = self.standing_alone(what, self.place(f"the sample of {student}", what.__name__))
            self.students[student] = what

    def place(self, what: str, name: str) -> str:
        """Where an error is."""
        return tr("{what} `{name}` of `{exercise}`", what=what, name=name, exercise=self.name)

    def standing_alone(
        self,
        function: Callable[..., Any],
        where: str,
        name: str = "",
        change: Callable[[str], str] = lambda text: text,
    ) -> str:
        """Its source with all that it uses, as a worker runs it; by default under the exercise's name."""
        called = name or self.function
        parts = {id(part): part.function for part in self.parts} | {id(self): self.function}

        def part_of(value: object) -> str:
            if isinstance(value, Exercise) and id(value) not in parts:
                words = N_("{where} calls `{name}`, which is not one of its parts. Add it to parts=.")
                raise DeclarationError(words, where, name=value.name)
            return parts.get(id(value), "")

        return sources.standing_alone(function, called, where, part_of, change=change)


def _names_of(checks: Iterable[Callable[..., Any] | str]) -> frozenset[str]:
    return frozenset(one if isinstance(one, str) else one.__name__ for one in checks)


def right_answers(exercises: Iterable[Exercise]) -> str:
    """The right answers of these exercises as one program; what several use is in it once."""
    return "import torch\n" + "".join(dict.fromkeys(exercise.right_source for exercise in exercises))
