"""Makes the results of one exercise: what each check earned, why, and the input that shows it."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from autograder.authoring.checks import Check
from autograder.authoring.exercise import Exercise
from autograder.authoring.proxy import StudentFunction
from autograder.errors import Ended, SandboxError
from autograder.figure import Figure
from autograder.judging import costs
from autograder.judging.cases import size
from autograder.judging.check_runner import Judgment
from autograder.judging.compare import KnownMistakes
from autograder.judging.explain import (
    UNWRITTEN,
    Explanation,
    add_details,
    detailed,
    explain,
)
from autograder.judging.faults import cause_of, outcome_of
from autograder.judging.shrink import smallest
from autograder.judging.snippet import snippet
from autograder.judging.trial import OF_CALLS, Trial
from autograder.results import Fault, Outcome, Result

EDGE = 2  # edge cases to try, the smallest
# Places of cases to try instead, by size, if the smallest does not fail when it is asked alone.
OTHERS = (1, 3, 9, 27)


def report_exercise(trial: Trial, mistakes: KnownMistakes) -> list[Result]:
    """Return a result for each check."""
    try:
        judgments = trial.run_checks()
        add_details(trial, judgments)
        # No mistake and no slip explains a check of style.
        trial.leave_out_style()
        of_values = [
            judgment for judgment in judgments if not judgment.check.of_style
        ]
        explanation = Explanation()
        if not trial.is_knock_on:
            explanation = explain(trial, of_values, mistakes)
        failed = []
        is_written = not of_values
        for judgment in of_values:
            if judgment.fault:
                failed.append(judgment.check.name)
            if not judgment.fault or judgment.fault.kind not in UNWRITTEN:
                is_written = True
        costly = costs.costly(failed, explanation.broken)
        is_told = {*failed} <= {*chain(*explanation.broken)}
        # A generator that nobody reads does nothing, whatever stands in it.
        trial.is_explained = is_told and (
            explanation.slip is not None
            or not mistakes.does_nothing(trial, of_values, "yield")
        )
        shown: set[str] = set()
        results = []
        for judgment in judgments:
            check = judgment.check
            if check.of_style and not is_written:
                # The docstring of a stub earns nothing.
                judgment = of_values[0]
            if not judgment.fault:
                result = passed_result(trial.exercise, check)
            elif check.of_style:
                result = failed_by(trial.exercise, check, judgment.fault)
            elif check.name not in costly:
                result = _carried_forward(trial.exercise, judgment, explanation)
            else:
                result = _costly(trial, judgment, explanation, shown)
                shown.add(result.cause)
            results.append(result)
        return results
    finally:
        trial.end()


def passed_result(exercise: Exercise, check: Check) -> Result:
    """Return the result of a check that holds."""
    return Result(
        exercise.name,
        check.name,
        check.title,
        check.points,
        check.points,
        Outcome.PASSED,
    )


def failed_by(
    exercise: Exercise, check: Check, fault: Fault, cause: str = ""
) -> Result:
    """Return the result of a check that loses its points by a fault."""
    values = dict(fault.values)
    values.pop("log", None)
    for name in ("of", "sort"):
        if hint := exercise.hints.get(values.get(name, "")):
            values["hint"] = hint
            break
    return replace(
        passed_result(exercise, check),
        earned=0.0,
        outcome=outcome_of(fault),
        fault=Fault(fault.kind, values),
        cause=cause or cause_of(fault),
    )


def _carried_forward(
    exercise: Exercise, judgment: Judgment, explanation: Explanation
) -> Result:
    """Return the result of a check that fails because of what costs another its points."""
    mistake = explanation.mistake_in(judgment)
    return replace(
        passed_result(exercise, judgment.check),
        outcome=Outcome.CARRIED_FORWARD,
        fault=Fault("carried_forward"),
        mistake=mistake.name if mistake else "",
        cause=explanation.cause_of(judgment),
    )


def _costly(
    trial: Trial,
    judgment: Judgment,
    explanation: Explanation,
    shown: set[str],
) -> Result:
    """Return the result of a check that loses its points.  shown: causes that earlier ones show."""
    cause = explanation.cause_of(judgment)
    fault = explanation.fault_of(judgment)
    code = ""
    if fault.kind in OF_CALLS and not trial.is_knock_on:
        # Where it does not load again, keep what was seen first.
        with contextlib.suppress(Ended):
            if cause not in shown:
                fault, code = _with_input(trial, judgment, fault)
                fault = detailed(fault, trial)
            if trial.figures is None and fault.kind in ("differs", "beyond"):
                trial.figures = [*_figures(trial, judgment)]
    result = failed_by(trial.exercise, judgment.check, fault, cause)
    if mistake := explanation.mistake_in(judgment):
        result = replace(result, mistake=mistake.name, says=mistake.says)
    if trial.wrong_parts:
        # A notebook's lines would run the wrong part.
        code = ""
    return replace(result, code=code, slip=explanation.slip)


def _with_input(
    trial: Trial, judgment: Judgment, fault: Fault
) -> tuple[Fault, str]:
    """Return a fault as a new worker shows it, and lines for a notebook or "": one input, or
    else two calls.

    Of the inputs that show it, the first that makes lines.  Raises Ended.
    """
    case, smaller_fault = smallest(trial, judgment)
    fault = smaller_fault or fault
    if not judgment.check.is_drawn or fault.kind == "ours":
        return fault, ""
    first: Fault | None = None
    for cases in _to_show(judgment, case):
        if first is not None and len(cases) > 1:
            break
        worker = trial.start(trial.shrink_budget)
        shown = [
            judgment.runner.show_case(asked, worker, trial.passed)
            for asked in cases
        ]
        # The calls before it are right when each is asked alone.
        seen = shown[-1].fault
        if seen is None or seen.kind not in OF_CALLS:
            continue
        if len(cases) > 1:
            seen = replace(seen, values={**seen.values, "later": "first"})
        first = first or seen
        code = snippet(trial.exercise, shown)
        # Where a student pastes it, random numbers would be others.
        if (
            code
            and trial.exercise.may_seed
            and judgment.runner.is_random(shown[-1].question, worker)
        ):
            code = ""
        if code and not any(
            "torch" in statement.binds for statement in trial.parsed.statements
        ):
            # The student may have it by another name.
            code = f"import torch\n{code}"
        if code or seen.kind != "differs":
            return seen, code
    if first is None:
        first = replace(fault, values={**fault.values, "later": "several"})
    return first, ""


def _to_show(judgment: Judgment, smallest: dict) -> list[list[dict]]:
    """Return the cases to ask alone, the smallest first, and then pairs to ask in turn."""
    runner = judgment.runner
    failing = [smallest, runner.cases[judgment.case]]
    edge_cases = sorted(runner.edge_cases, key=size)[:EDGE]
    by_size = []
    for place, number in enumerate(runner.order):
        if place in OTHERS:
            by_size.append(runner.cases[number])
    alone = [[case] for case in failing + edge_cases + by_size]
    twice = [[case, case] for case in failing]
    return alone + twice + [[case, smallest] for case in by_size[:2]]


def _figures(trial: Trial, judgment: Judgment) -> Iterator[Figure]:
    """Yield the figures that show a fault of values, without any that raises."""
    runner = judgment.runner
    for body in trial.exercise.figure_bodies:
        try:
            worker = trial.ready(trial.shrink_budget)
            dialog = runner.dialog(worker, trial.settings.check_seconds)
            figure = body(
                StudentFunction(
                    dialog.answer, {}, runner.roles[0], trial.passed
                )
            )
        except SandboxError:
            raise
        except Exception:
            # A student's answers can make it raise anything.
            continue
        if figure is not None:
            yield replace(
                figure, exercise=trial.exercise.name, check=judgment.check.name
            )
