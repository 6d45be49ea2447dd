"""Exercises with their right answers, checks, known mistakes, probes and test doubles.

There is no registry.  Knows nothing of workers: a check's body gets a proxy of the
student's function.
"""

from __future__ import annotations

import copy
import functools
import inspect
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

from hypothesis.strategies import SearchStrategy

from autograder.authoring import contract, proxy, sources
from autograder.authoring.checks import TWICE, Check, Options
from autograder.authoring.mistakes import (
    Checks,
    Mistake,
    MistakeDecorator,
    Pairs,
    pairs_of,
    replaced,
)
from autograder.authoring.proxy import RIGHT, Doubles, Probe
from autograder.authoring.strategies import LARGE
from autograder.errors import DeclarationError
from autograder.figure import Figure
from autograder.languages import N_, tr

Body = Callable[..., Any]


@functools.cache
def _parameters(function: Body) -> tuple[str, ...]:
    # each case of each check asks for them
    return tuple(inspect.signature(function).parameters)


class Exercise:
    """A function that the student writes.  A call of the exercise calls its right answer.

    The folder of its file is its assignment.  Exercises are sorted by their test cells in
    the notebook.

    function: the name that the student's function must have, by default the exercise's.
    parts: other exercises whose functions this one calls, with their own parts.
    hidden_inputs: names of drawn inputs that only a check needs, and that no student reads.
    may_seed: whether a right answer may seed the global generators, as a whole training may.
    hints: by the sort of a difference, or by what was compared, its `of`: what to think about.
    """

    def __init__(
        self,
        name: str,
        function: str = "",
        parts: Iterable[Exercise] = (),
        hidden_inputs: Iterable[str] = (),
        may_seed: bool = False,
        hints: Mapping[str, str] | None = None,
    ):
        self.name, self.function, self.may_seed = (
            name,
            function or name,
            may_seed,
        )
        self.hints = dict(hints or {})
        every: list[Exercise] = [
            one for part in parts for one in (part, *part.parts)
        ]
        self.parts: tuple[Exercise, ...] = tuple(dict.fromkeys(every))
        self.hidden_inputs = tuple(hidden_inputs)
        self.assignment = ""  # set by `exercises.load`
        self.checks: list[Check] = []
        self.mistakes: list[Mistake] = []
        self.probes: list[Probe] = []
        self.figure_bodies: list[Callable[..., Figure | None]] = []
        # returns how many times as fast as a loop the right answer is on a device
        self.speedup: Callable[[str], float] | None = None
        self.pastes: dict[str, Body] = {}  # by a probe's key
        self.right: Body | None = None
        self.right_source = ""  # as it runs in a worker
        self.styles: list[
            Pairs
        ] = []  # what each other style of the right answer replaces in it
        self.style_sources: list[str] = []
        self._doubles: list[Doubles] = []
        self._own_doubles: dict[str, str] = {}  # the sources, by kind
        for part in self.parts:
            if part.function != part.name:
                sentence = N_(
                    "`{part}` cannot be a part of `{where}`, because it has no function of its "
                    "own. Remove it from parts=."
                )
                raise DeclarationError(sentence, self.name, part=part.name)

    def __call__(self, *args: object) -> Any:
        """Return what the right answer returns."""
        if self.right is None:
            raise DeclarationError(
                "`{where}` has no answer yet. Declare its answer before the code that calls it.",
                self.name,
            )
        return self.right(*args)

    def altered(self, **attributes: object) -> Exercise:
        """Return a copy with other values of these attributes, to judge by other checks or
        parts.
        """
        other = copy.copy(self)
        vars(other).update(attributes)
        return other

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the function's parameters, as the right answer has them."""
        return _parameters(self.right) if self.right else ()

    def names_of(self, key: str) -> list[str]:
        """Return the names of the arguments of a probe, of this or its parts, or else of the
        function.
        """
        probes = {
            probe.key: probe
            for one in (self, *self.parts)
            for probe in one.probes
        }
        return probes[key].names if key in probes else [*self.parameters]

    def through(self, key: str) -> Body:
        """Return the right answer, called through the probe with this key; itself if there is
        none.
        """
        functions = {probe.key: probe.function for probe in self.probes}
        return functools.partial(functions[key], self) if key else self

    @property
    def points(self) -> float:
        return sum(check.points for check in self.checks)

    @property
    def substituted(self) -> tuple[Exercise, ...]:
        """The parts whose functions can be replaced: all but one that this exercise runs itself."""
        return tuple(
            part for part in self.parts if part.function != self.function
        )

    @property
    def double_sources(self) -> dict[str, dict[str, str]]:
        """For each part that can be replaced, the sources of its doubles; a right one only if
        it is used.
        """
        sources: dict[str, dict[str, Any]] = {}
        for part in self.substituted:
            sources[part.name] = {
                "bounded": part._own_doubles.get("bounded", "")
            }
            if self.has_doubles:
                sources[part.name] = {
                    "right": part.right_source,
                    **part._own_doubles,
                }
                for inner in part.substituted:  # what a right one calls
                    sources.setdefault(
                        inner.name,
                        {"right": inner.right_source, "stands": False},
                    )
        return sources

    @property
    def default_doubles(self) -> list[Doubles]:
        """The doubles of a check that names none: the first declared, else right ones in both
        call orders.
        """
        if self._doubles or not self.substituted:
            return self._doubles[:1] or [Doubles({})]
        names = [part.name for part in self.substituted]
        return [
            Doubles(dict.fromkeys(names, role))
            for role in (RIGHT, proxy.RIGHT_AS_OWN)
        ]

    @property
    def has_doubles(self) -> bool:
        """Whether any check replaces a part."""
        declared = self._doubles or self.default_doubles
        return any(
            role != proxy.OWN
            for doubles in declared
            for role in doubles.roles.values()
        )

    @property
    def conditional(self) -> frozenset[str]:
        """The parts whose role depends on whether they passed their own checks."""
        pairs = [
            pair for doubles in self._doubles for pair in doubles.roles.items()
        ]
        return frozenset(
            part for part, role in pairs if role == proxy.OWN_IF_PASSED
        )

    def answer(self, function: Body) -> Body:
        """Take the decorated function or class as the right answer.  Raises DeclarationError.

        A worker gets its own text and the modules that it imports, and nothing else of its file.

        Example:

            @mean_loss.answer
            def right(losses):
                return losses.sum() / len(losses)
        """
        self.right_source = self.own_text(function, "the answer")
        self.right = function
        return function

    def check(
        self, *, points: float, **options: Unpack[Options]
    ) -> Callable[[Body], Body]:
        """Grade by the decorated body, whose docstring's first line is the title that the
        student reads.

        options: as for Check; same_cases_as: bodies of earlier checks.  The body takes a
        proxy of the
        student's function, and the drawn inputs by name; its first question depends on
        these alone, so that
        all students get the same.  `f(...)` returns the value; `f.and_inputs(...)` has
        .value and .inputs, as
        the call left them; `f.gradients(X, w, of=[1], cotangent=c)` has .value, .inputs and
        .grads, those of
        `(value * c).sum()`.  Raises DeclarationError.

        Example:

            @mean_loss.check(points=1, given=tensors(losses="n 1"), cases=40)
            def is_itself_for_one(mean_loss, losses):
                '''gives a single loss as it is'''
                expect.agreement(mean_loss, right, losses[:1])
        """

        def declare(body: Body) -> Body:
            title = (inspect.getdoc(body) or "").strip().partition("\n")[0]
            check = Check(
                self.name, body.__name__, title, points, body, **options
            )
            self.checks.append(
                check.settled(self.place("check", body.__name__), self.checks)
            )
            return body

        return declare

    def contract(
        self,
        *,
        given: SearchStrategy[dict[str, Any]],
        points: Mapping[str, float],
        titles: Mapping[str, str] | None = None,
        up_to: float = 32.0,
        close: tuple[float, str] = (0.0, ""),
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
        answers may differ, and why: (1e-2, "an epsilon in the logarithm is right").  use: a
        probe that calls the function otherwise than with these inputs, or looks at something
        else than its value: what the probe returns is compared.  gradients_of: the inputs
        that gradients must reach, by default all.  large: the size of a large axis.

        Besides small cases, each check draws every axis with size 1 and about 1500, and
        numbers that round; "value" also draws numbers up to `up_to` and down to 0.001.  The
        error allowed is what rounding errors in the inputs do to the right answer.  A case
        has at most 36,000 numbers, so `n` of "n 28 28" has at most 23.  Raises
        DeclarationError.

        Example:

            mean_loss.contract(given=tensors(losses="n 1"), points={"value": 2, "gradients":
            1}, up_to=100)
        """
        contract.declare(
            self,
            given,
            points,
            titles or {},
            up_to,
            close,
            use,
            gradients_of,
            large,
        )

    def mistake(
        self,
        name: str = "",
        says: str = "",
        *,
        fails: Checks = (),
        together: Sequence[Mistake] = (),
    ) -> MistakeDecorator:
        """Declare a wrong answer that fails these checks and no others.

        Decorate a function with it, or replace a text of the right answer:

            loss.mistake("forgets_the_half", "You forgot the half.", fails=ALL).replace(" / 2", "")

        It costs a student the first of these checks, in the order of the exercise; the
        others are carried forward.  name: by default the function's.  says: what the
        student reads.  fails: the checks or their names; write "?" if you do not know them
        yet, and `autograder check` prints them.  together: in place of fails=, the mistakes
        that are both in it, each of which costs a check.
        """
        return MistakeDecorator(
            self, name, says, fails, together, _place_of_caller()
        )

    def together(self, *mistakes: Mistake) -> Mistake:
        """Declare that a student may make all of these mistakes, each of which replaces
        another text.
        """
        name = "_and_".join(mistake.name for mistake in mistakes)
        says = " ".join(mistake.says for mistake in mistakes)
        texts = [
            text
            for mistake in mistakes
            for pair in mistake.replaced
            for text in pair
        ]
        return MistakeDecorator(
            self, name, says, (), mistakes, _place_of_caller()
        ).replace(*texts)

    def style(self, old: str, new: str, *more: str) -> None:
        """Declare another style of the right answer, by texts that it replaces as `mistake` does.

        Mistakes below it are known in this style too, where it has the text that they replace.
        """
        where = self.place("style", new.strip())
        if self.right is None or self.mistakes:
            sentence = N_(
                "{where} must be below the right answer and above all mistakes. Move it."
            )
            raise DeclarationError(sentence, where)
        self.styles.append(pairs_of(old, new, *more))
        self.style_sources.append(self.rewritten(self.styles[-1], (), where))

    def right_text(self, style: Pairs, where: str) -> str:
        """Return the text of the right answer's own function in a style.  Raises
        DeclarationError.
        """
        assert self.right is not None
        return replaced(
            sources.renamed(self.right, self.function), style, where
        )

    def rewritten(self, style: Pairs, pairs: Pairs, where: str) -> str:
        """Return the source of the right answer in a style, with other texts in place of its
        own.
        """
        assert self.right is not None

        text = replaced(self.right_text(style, where), pairs, where)
        known = (self, *self.parts)
        return (
            sources.imports(text, self.right, self.function, where, known)
            + text
        )

    def probe(
        self,
        *,
        reply: object = proxy.ANYTHING,
        agrees: Callable[..., bool] = lambda reply, *args: True,
    ) -> Callable[[Body], Probe]:
        """Make the decorated function a Probe: it runs beside the student's function, as
        `probe(f, ...)`.

        If its second parameter is called `log`, it gets the logs of the recorded doubles
        there, by part.
        reply: the form of what it returns.  agrees: whether such a reply fits the arguments.

        Example:

            @linear.probe()
            def with_parameters(f, X, weight, bias):
                layer = f(*weight.shape)
                layer.weight.data, layer.bias.data = weight, bias
                return layer(X)
        """

        def declare(function: Body) -> Probe:
            where, key = (
                self.place("probe", function.__name__),
                f"{self.name}.{function.__name__}",
            )
            if any(key == probe.key for probe in self.probes):
                raise DeclarationError(TWICE, where)
            source = sources.for_worker(function, "probe", where)
            self.probes.append(Probe(key, source, reply, agrees, function))
            return self.probes[-1]

        return declare

    def paste(self, *, of: Iterable[Probe]) -> Callable[[Body], Body]:
        """Let `function(literal, seen, *args)` write the question of these probes as notebook
        lines.

        literal(value) is the value as Python code; seen: a `proxy.Seen`.  The last line
        shows what was compared.  It returns [] if lines cannot show that.  The lines bind
        only names that begin with `try_`, so the notebook's own names do not change.

        Example:

            @step.paste(of=[steps])
            def as_lines(literal, seen, values, grads, settings):
                return [f"try_w = {literal(values[0])}", "step([try_w], 0.5, 2)", "try_w"]
        """

        def declare(function: Body) -> Body:
            self.pastes |= {probe.key: function for probe in of}
            return function

        return declare

    def figure(
        self, body: Callable[..., Figure | None]
    ) -> Callable[..., Figure | None]:
        """Show a student who fails a check the Figure that the decorated body returns, or None.

        The body asks questions as a check's does, but gets only the student's function.

        Example: the losses of each epoch, beside the right ones.
        """
        self.figure_bodies.append(body)
        return body

    def adapted(self, function: Body) -> Body:
        """Use `function(right, own)` for the right answer if this is a part.  own: the student's,
        or None.

        Example: a right step that sets gradients to zero if the student's does.
        """
        return self._add_double("adapted", function)

    def bounded(self, function: Body) -> Body:
        """Use `function(own)` in place of the student's own function if this is a part.

        Example: an iterator whose endless pass ends with an error.
        """
        return self._add_double("bounded", function)

    def recorded(self, function: Body) -> Body:
        """Let `function(values, own, log)` make the double that returns values.  log: a list for
        probes.

        Example: an iterator over the batches that a check names.
        """
        return self._add_double("recorded", function)

    def _add_double(self, kind: str, function: Body) -> Body:
        where = self.place(kind, function.__name__)
        self._own_doubles[kind] = sources.for_worker(function, kind, where)
        return function

    def doubles(self, *, others: str = RIGHT, **roles: str) -> Doubles:
        """Declare these roles of parts, and `others` of the rest.  A check uses the first ones by
        default.

        Example:

            RIGHT_PARTS = fit.doubles(rows=RECORDED, step=OWN_IF_PASSED, others=RIGHT)
        """
        parts = {part.name: part for part in self.substituted}
        for name, role in roles.items():
            if name not in parts:
                sentence = N_(
                    "The doubles of `{where}` name `{name}`, which is not a part. "
                    "Its parts are {known}."
                )
                raise DeclarationError(
                    sentence,
                    self.name,
                    name=name,
                    known=", ".join(parts) or "none",
                )
            if (
                role == proxy.RECORDED
                and "recorded" not in parts[name]._own_doubles
            ):
                sentence = N_(
                    "The doubles of `{where}` record `{name}`. Declare `@{name}.recorded` first."
                )
                raise DeclarationError(sentence, self.name, name=name)
        self._doubles.append(
            Doubles({name: roles.get(name, others) for name in parts})
        )
        return self._doubles[-1]

    def place(self, kind: str, name: str) -> str:
        """Return what and whose a declaration is, for errors."""
        return tr(
            "{what} `{name}` of `{exercise}`",
            what=kind,
            name=name,
            exercise=self.name,
        )

    def own_text(self, function: Body, kind: str) -> str:
        """Return the text of a version of this function, as a submission has it."""
        where = self.place(kind, function.__name__)
        return sources.own_text(
            function, self.function, where, (self, *self.parts)
        )


def _place_of_caller() -> str:
    """Return the file and line that call the function which calls this one."""
    caller = traceback.extract_stack(limit=3)[0]
    return f"{Path(caller.filename).name}, line {caller.lineno}"


def right_answers(exercises: Iterable[Exercise]) -> str:
    """Return the right answers as one program; what several use is in it once."""
    return "import torch\n" + "".join(
        dict.fromkeys(exercise.right_source for exercise in exercises)
    )
