"""Exercises with their right answers, checks, known mistakes, probes and test doubles.

There is no registry.  Knows nothing of workers: a check's body gets a proxy of the
student's function.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.authoring import proxy, sources
from autograder.authoring.checks import TWICE, Check
from autograder.authoring.contract import Contract
from autograder.authoring.mistakes import (
    Checks,
    Mistake,
    MistakeDecorator,
    replaced,
)
from autograder.authoring.proxy import RIGHT, Probe, Roles
from autograder.authoring.strategies import LARGE, Inputs
from autograder.authoring.values import Function
from autograder.errors import DeclarationError
from autograder.languages import tr


class Exercise:
    """A function that the student writes.  A call of the exercise calls its right answer.

    The folder of its file is its assignment.  Exercises are sorted by their test cells in
    the notebook.

    function: the name that the student's function must have, by default the exercise's.
    parts: other exercises whose functions this one calls, with their own parts; `as_part` and
    `doubles` say what stands in for them.
    may_seed: whether a right answer may seed the global generators, as a whole training may.
    hints: by the sort of a difference, or by what was compared, its `of`: what to think about.
    Its attribute `speedup` may be a function of a torch device that returns how many times as
    fast as a loop the right answer is there; the class report shows it.

    >>> double = Exercise("double", hints={"value": "How much is x + x?"})
    >>> @double.answer
    ... def right(x):
    ...     return x + x
    >>> double(4), double.parameters
    (8, ('x',))
    """

    def __init__(
        self,
        name: str,
        function: str = "",
        parts: Iterable[Exercise] = (),
        may_seed: bool = False,
        hints: Mapping[str, str] = {},
    ):
        self.name = name
        self.function = function or name
        self.may_seed = may_seed
        self.hints = hints
        all_parts: dict[Exercise, None] = {}
        for part in parts:
            all_parts |= dict.fromkeys((part, *part.parts))
        self.parts: tuple[Exercise, ...] = tuple(all_parts)
        self.assignment = ""  # set by `exercises.load`
        self.checks: list[Check] = []
        self.mistakes: list[Mistake] = []
        self.probes: dict[str, Probe] = {}  # by key
        self.figure_bodies: list[Function] = []  # return a Figure or None
        # returns how many times as fast as a loop the right answer is on a device
        self.speedup: Callable[[str], float] | None = None
        self.right: Function | None = None
        # the names of its parameters
        self.parameters: tuple[str, ...] = ()
        self.right_source = ""  # as it runs in a worker
        self.styles: list[str] = []  # sources of other right answers
        self._declared_roles: list[Roles] = []
        # the parts whose role depends on whether they passed their own checks
        self.conditional: frozenset[str] = frozenset()
        self._own_doubles: dict[str, str] = {}  # the sources, by kind

    def __call__(self, *args: object) -> Any:
        """Return what the right answer returns."""
        return self.right_answer()(*args)

    def right_answer(self) -> Function:
        """Return the right answer.  Raises DeclarationError if there is none yet."""
        if self.right is None:
            raise DeclarationError(
                "`{where}` has no answer yet. Declare its answer before the code that calls it.",
                self.name,
            )
        return self.right

    def probe_of(self, key: str) -> Probe | None:
        """Return the probe with this key, of this exercise or of a part."""
        for exercise in (self, *self.parts):
            if key in exercise.probes:
                return exercise.probes[key]
        return None

    @property
    def points(self) -> float:
        return sum(check.points for check in self.checks)

    @property
    def _replaceable(self) -> dict[str, Exercise]:
        """The parts whose functions can be replaced: all but one that this exercise runs itself."""
        replaceable = {}
        for part in self.parts:
            if part.function != self.function:
                replaceable[part.name] = part
        return replaceable

    def double_sources(self, right_part: str = "") -> dict[str, dict[str, Any]]:
        """Return the sources of the doubles of each part; a right one only if it is used.

        right_part: the name of a part for which a right one stands, though no check of this
        exercise has any.
        """
        sources: dict[str, dict[str, Any]] = {}
        for name, part in self._replaceable.items():
            doubles = part._own_doubles
            if not self.has_doubles and name != right_part:
                sources[name] = {"bounded": doubles.get("bounded", "")}
                continue
            sources[name] = {"right": part.right_source, **doubles}
            # A right one calls right ones.
            for inner_name, inner in part._replaceable.items():
                helper = {"helper": inner.right_source}
                sources.setdefault(inner_name, helper)
        return sources

    def roles_with_right(self, right_part: str) -> list[Roles]:
        """Return the roles of parts where one part is right: called in either order."""
        (own, *_) = self.default_roles
        return [
            {**own, right_part: role} for role in (proxy.RIGHT_AS_OWN, RIGHT)
        ]

    @property
    def default_roles(self) -> list[Roles]:
        """The roles of parts in a check that names none.

        The first declared, or else right ones in both call orders.
        """
        if self._declared_roles or not self._replaceable:
            return self._declared_roles[:1] or [{}]
        right = dict.fromkeys(self._replaceable, RIGHT)
        right_as_own = dict.fromkeys(self._replaceable, proxy.RIGHT_AS_OWN)
        return [right, right_as_own]

    @property
    def has_doubles(self) -> bool:
        """Whether any check replaces a part."""
        roles: set[str] = set()
        for declared in self._declared_roles or self.default_roles:
            roles.update(declared.values())
        return not roles <= {proxy.OWN}

    def answer(self, function: Function) -> Function:
        """Take the decorated function or class as the right answer.  Raises DeclarationError.

        A worker gets its own text and the modules that it imports, and nothing else of its file.

        >>> mean_loss = Exercise("mean_loss")
        >>> @mean_loss.answer
        ... def right(losses):
        ...     return losses.sum() / len(losses)
        >>> print(mean_loss.right_source)
        def mean_loss(losses):
            return losses.sum() / len(losses)
        <BLANKLINE>
        """
        where = self.place("the answer", function.__name__)
        self.right_source = self.source_of(function, where)
        self.right = function
        self.parameters = tuple(inspect.signature(function).parameters)
        return function

    def check(
        self, *, points: float, **options: Any
    ) -> Callable[[Function], Function]:
        """Grade by the decorated body, whose docstring's first line is the title that the
        student reads.

        The body takes a proxy of the student's function, and the drawn inputs by name; its
        first question depends on these alone, so that all students get the same.  `f(...)`
        returns the value; `f.and_inputs(...)` has .value and .inputs, as the call left them;
        `f.gradients(X, w, of=[1], cotangent=c)` has .value, .inputs and .grads, those of
        `(value * c).sum()`.  `f.expected(right, ...)` returns what `right` does for copies, and
        computes it once for all students.

        The options are:

        given: what draws the inputs.  cases: how many, by default 100.
        edge_cases: strategies that draw one odd case each, such as a large one by `seeded` of
        `autograder.exercises.inputs`.  rare: how many of the first ones may differ between
        students who make the same mistake.
        same_cases_as: bodies of earlier checks that draw the cases.
        sequential: whether to ask one question at a time, of one case that is large or measured.
        fingerprint: what is the same in all answers of a mistake, if they are random.
        of_style: whether it looks at how the function is written.

        Raises DeclarationError.

        >>> from autograder import expect
        >>> double = Exercise("double")
        >>> @double.check(points=1)
        ... def doubles_one(double):
        ...     '''gives twice its number'''
        ...     expect.close(double(1), 2)
        >>> double.checks[0].title, double.points
        ('gives twice its number', 1)
        """

        def declare(body: Function) -> Function:
            claim = inspect.getdoc(body) or ""
            title, _, _ = claim.partition("\n")
            name = body.__name__
            check = Check(self.name, name, title, points, body, **options)
            where = self.place("check", name)
            self.checks.append(check.completed(where, self.checks))
            return body

        return declare

    def contract(
        self,
        *,
        given: Inputs,
        points: Mapping[str, float],
        titles: Mapping[str, str] = {},
        up_to: float = 32.0,
        close: float = 0.0,
        use: Probe | None = None,
        gradients_of: Sequence[str] = (),
        large: int = LARGE,
    ) -> None:
        """Declare the checks that most exercises need, against the right answer above.

        given: `tensors(...)` with the right answer's parameters, in its order; those that
        have a default are left out of some cases.  points: for "value",
        "inputs_unchanged", "float64" and "gradients"; an input that the right answer does not
        change must stay as it is, which "value" checks if "inputs_unchanged" has no points.
        titles: claims for students in place of the kit's own.  up_to: how large the numbers
        may be.  close: a share of each element, or of 1 if it is smaller, by which right
        answers may differ.  use: a probe that calls the function otherwise than with these
        inputs, or looks at something else than its value: what the probe returns is compared.
        gradients_of: the inputs that gradients must reach, by default all.  large: the size of
        a large axis.

        Besides small cases, each check draws every axis with size 1 and about 1500, and
        numbers that round; "value" also draws numbers up to `up_to` and down to 0.001.  The
        error allowed is what rounding errors in the inputs do to the right answer.  A case
        has at most 36,000 numbers, so `n` of "n 28 28" has at most 23.  Raises
        DeclarationError.

        >>> from autograder import tensors
        >>> double = Exercise("double")
        >>> @double.answer
        ... def right(x):
        ...     return x + x
        >>> double.contract(given=tensors(x="n"), points={"value": 2, "gradients": 1})
        >>> [check.title for check in double.checks]  # doctest: +NORMALIZE_WHITESPACE
        ['gives the right result, whatever the sizes of its inputs',
         'gives a result through which the right gradients reach its inputs']
        """
        contract = Contract(self, use, up_to, close, gradients_of, large)
        contract.declare(given, points, titles)

    def mistake(
        self, name: str = "", says: str = "", *, fails: Checks
    ) -> MistakeDecorator:
        """Declare a wrong answer that fails these checks and no others.

        Decorate a function with it, or replace a text of the right answer.  It costs a student
        the first of these checks, in the order of the exercise; the others are carried forward.
        name: by default the function's.  says: what the student reads.  fails: the checks or
        their names; write "?" if you do not know them yet, and `autograder check` prints them.

        >>> from autograder import tensors
        >>> double = Exercise("double")
        >>> @double.answer
        ... def right(x):
        ...     return x + x
        >>> double.contract(given=tensors(x="n"), points={"value": 2})
        >>> squares = double.mistake("squares", "You square x.", fails=["value"])
        >>> print(squares.replace("x + x", "x * x").source)
        def double(x):
            return x * x
        <BLANKLINE>
        """
        return MistakeDecorator(self, name, says, fails, _place_of_caller())

    def together(self, *mistakes: Mistake) -> Mistake:
        """Declare that a student may make all of these mistakes, each of which costs a check."""
        texts: list[str] = []
        for mistake in mistakes:
            texts += mistake.replaced
        name = "_and_".join(mistake.name for mistake in mistakes)
        says = " ".join(mistake.says for mistake in mistakes)
        place = _place_of_caller()
        declared = MistakeDecorator(self, name, says, (), place, mistakes)
        return declared.replace(*texts)

    def style(self, *texts: str) -> None:
        """Declare another style of the right answer, by the pairs of texts that it replaces.

        Mistakes below it are known in this style too, where it has the text that they replace.

        >>> double = Exercise("double")
        >>> @double.answer
        ... def right(x):
        ...     return x + x
        >>> double.style("x + x", "2 * x")
        >>> print(double.styles[0])
        def double(x):
            return 2 * x
        <BLANKLINE>
        """
        where = self.place("style", texts[-1].strip())
        if self.mistakes:
            raise DeclarationError(
                "{where} must be above all mistakes. Move it.", where
            )
        self.styles.append(self.rewritten(self.right_source, texts, where))

    def rewritten(self, source: str, texts: Sequence[str], where: str) -> str:
        """Return a right source with some texts replaced.  Raises DeclarationError."""
        right = self.right_answer()
        return self.source_of(right, where, replaced(source, texts, where))

    def source_of(self, function: Function, where: str, text: str = "") -> str:
        """Return a version of this function as a submission has it.

        text: in place of the function's own.  Raises DeclarationError.
        """
        text = text or sources.renamed(function, self.function)
        return sources.imports(text, function, where, self.parts) + text

    def probe(self, function: Function, **options: Any) -> Probe:
        """Return a Probe: `function(f, ...)` runs beside the student's function, called f.

        It is in a file of its own, such as `probes.py`, which a worker gets as it is.  If its
        second parameter is called `log`, it gets the logs of the recorded doubles there, by part.
        options: as for Probe.  reply: the form of what it returns.  agrees: whether such a reply
        fits the arguments.  lines: `lines(literal, of, ...)` writes its question as notebook lines,
        the last of which shows what was compared, or [].  literal(value) is Python code; of: as in
        `expect.Difference`, "" for an exception.  The lines bind only names that begin with `try_`.

        Example, of a layer that is a class:

            # probes.py
            def with_parameters(f, X, weight, bias):
                layer = f(*weight.shape)
                layer.weight.data, layer.bias.data = weight, bias
                return layer(X)

            # linear.py
            with_parameters = linear.probe(probes.with_parameters)
            linear.contract(given=..., points=..., use=with_parameters)
        """
        where = self.place("probe", function.__name__)
        key = f"{self.name}.{function.__name__}"
        if key in self.probes:
            raise DeclarationError(TWICE, where)
        source = sources.for_worker(function, "probe", where)
        probe = Probe(key, source, function=function, **options)
        self.probes[key] = probe
        return probe

    def figure(self, body: Function) -> Function:
        """Show a student who fails a check the Figure that the decorated body returns, or None.

        The body asks questions as a check's does, but gets only the student's function.

        Example: the losses of each epoch, beside the right ones.
        """
        self.figure_bodies.append(body)
        return body

    def as_part(self, **doubles: Function) -> None:
        """Declare functions that make a double of this function where it is a part.

        Their files are such as `probes.py`.  own: the student's function, or None.
        adapted: `adapted(right, own)` makes the right one, such as a right step that sets
        gradients to zero if the student's does.
        bounded: `bounded(own)` makes the student's own, such as an iterator that ends.
        recorded: `recorded(values, own, log)` makes one that returns values, such as batches
        that a check names.  log: a list for probes.
        """
        for kind, function in doubles.items():
            where = self.place(kind, function.__name__)
            self._own_doubles[kind] = sources.for_worker(function, kind, where)

    def doubles(self, *, default: str = RIGHT, **roles: str) -> Roles:
        """Declare these roles of parts, and a default for the rest.

        A check uses the first that are declared, or those that it names by
        `f.with_parts(roles, rows=values)`, with the values for each recorded one.

        Example:

            RIGHT_PARTS = fit.doubles(rows=RECORDED, step=OWN_IF_PASSED, default=RIGHT)
        """
        for name, role in roles.items():
            if name not in self._replaceable:
                raise DeclarationError(
                    "The doubles of `{where}` name `{name}`, which is not a part. Its parts "
                    "are {known}.",
                    self.name,
                    name=name,
                    known=", ".join(self._replaceable),
                )
            if role == proxy.OWN_IF_PASSED:
                self.conditional |= {name}
        declared = dict.fromkeys(self._replaceable, default) | roles
        self._declared_roles.append(declared)
        return declared

    def place(self, kind: str, name: str) -> str:
        """Return what and whose a declaration is, for errors."""
        return tr(
            "{what} `{name}` of `{exercise}`",
            what=kind,
            name=name,
            exercise=self.name,
        )


def _place_of_caller() -> str:
    """Return the file and line that call the function which calls this one."""
    caller = traceback.extract_stack(limit=3)[0]
    return f"{Path(caller.filename).name}, line {caller.lineno}"


def right_answers(exercises: Iterable[Exercise]) -> str:
    """Return the right answers as one program; what several use is in it once."""
    sources = dict.fromkeys(exercise.right_source for exercise in exercises)
    return "import torch\n" + "".join(sources)
