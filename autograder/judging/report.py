"""Makes the results of one exercise: what each check earned, why, and the input that shows it."""

from dataclasses import replace

from autograder.authoring.checks import Check
from autograder.authoring.exercise import Exercise
from autograder.authoring.mistakes import Mistake
from autograder.errors import Ended
from autograder.judging import price
from autograder.judging.compare import KnownMistakes
from autograder.judging.explain import Explanation, explain, refine, refined
from autograder.judging.faults import Judgment, cause_of, outcome_of
from autograder.judging.run import CheckRunner
from autograder.judging.snippet import snippet
from autograder.judging.trial import OF_VALUES, Trial
from autograder.results import Fault, Outcome, Result

EDGE = 2  # edge cases to try, the smallest
# Places of cases to try instead, by size, if the smallest does not fail when it is asked alone.
OTHERS = (1, 3, 9, 27)


def report_exercise(
    trial: Trial, known: KnownMistakes, rests_on_lost_parts: bool
) -> list[Result]:
    """Return a result for each check.

    rests_on_lost_parts: its parts are wrong, and show it with smaller cases.
    """
    try:
        judgments = trial.run_checks()
        refine(trial, judgments)
        tried = [*zip(trial.checks, judgments)]
        trial.leave_out_style()  # no mistake and no slip explains a check of style
        judgments = [
            judgment for check, judgment in tried if not check.check.of_style
        ]
        explanation = Explanation()
        if not rests_on_lost_parts:
            explanation = explain(trial, judgments, known)
        failed = [
            check.check.name
            for check, judgment in zip(trial.checks, judgments)
            if judgment.fault is not None
        ]
        lost = price.lost(failed, explanation.causes)
        shown: set[str] = set()
        results = []
        for check, judgment in tried:
            if judgment.fault is None:
                result = passing(trial.exercise, check.check)
            elif check.check.of_style:
                result = failed_by(trial.exercise, check.check, judgment.fault)
            elif check.check.name in lost:
                result = _lost(
                    trial,
                    check,
                    judgment,
                    explanation,
                    rests_on_lost_parts,
                    shown,
                )
                shown.add(result.cause)
            else:
                result = _carried_forward(
                    trial.exercise, check, judgment, explanation
                )
            results.append(result)
        return results
    finally:
        trial.end()


def _lost(
    trial: Trial,
    check: CheckRunner,
    judgment: Judgment,
    explanation: Explanation,
    rests_on_lost_parts: bool,
    shown: set[str],
) -> Result:
    """Return the result of a check that loses its points.  shown: causes that earlier ones show."""
    cause, mistake, first_fault = _cause(check, judgment, explanation)
    shown_fault, code = first_fault, ""
    # Wrong parts show what rests on them with smaller cases.
    if first_fault.kind in OF_VALUES and not rests_on_lost_parts:
        shown_fault, code = _with_input(
            trial, check, judgment, first_fault, cause in shown
        )
    result = failed_by(trial.exercise, check.check, shown_fault, cause)
    if mistake is not None:
        result = replace(result, mistake=mistake.name, says=mistake.says)
    return replace(result, code=code, slip=explanation.slip)


def _cause(
    check: CheckRunner, judgment: Judgment, explanation: Explanation
) -> tuple[str, Mistake | None, Fault]:
    """Return what is equal for checks that fail for the same reason, the known mistake that
    breaks this check, and the fault to tell.
    """
    told_fault = explanation.mismatch or judgment.fault
    assert told_fault is not None
    mistake = explanation.mistake
    if mistake is not None and check.check.name not in mistake.fails:
        mistake = None
    if explanation.slip:
        return "slip", mistake, told_fault
    cause = f"mistake:{mistake.name}" if mistake else cause_of(told_fault)
    return cause, mistake, told_fault


def _with_input(
    trial: Trial,
    check: CheckRunner,
    judgment: Judgment,
    found: Fault,
    is_shown: bool,
) -> tuple[Fault, str]:
    """Return a fault as a small input shows it, and the lines that do.

    is_shown: an earlier check shows the same cause, and its input.
    """
    code = ""
    try:
        if not is_shown:
            case, smaller = trial.smallest(check, judgment)
            found, code = _shown(trial, check, judgment, case, smaller or found)
            found = refined(found, trial)
        trial.plot_figures(check, found)
    except Ended:  # it did not load again: keep what was seen first
        pass
    return found, code


def _shown(
    trial: Trial,
    check: CheckRunner,
    judgment: Judgment,
    case: dict,
    found: Fault,
) -> tuple[Fault, str]:
    """Return a fault as a new worker shows it, and lines for a notebook or "": one input, or
    else two calls.

    Of the inputs that show it, the first that makes lines.  Raises Ended.
    """
    if not check.check.is_drawn or found.kind == "ours":
        return found, ""
    first: Fault | None = None
    for cases in _to_show(check, judgment, case):
        if first is not None and len(cases) > 1:
            break
        worker = trial.start(trial.looking)
        shown = [check.show_case(one, worker, trial.passed) for one in cases]
        seen = shown[
            -1
        ].fault  # the calls before it are right when each is asked alone
        if seen is None or seen.kind not in OF_VALUES:
            continue
        if len(cases) > 1:
            seen = replace(seen, values={**seen.values, "later": "first"})
        first = first or seen
        code = snippet(trial.exercise, shown)
        if code or seen.kind != "differs":
            return seen, code
    return first or replace(
        found, values={**found.values, "later": "several"}
    ), ""


def _to_show(
    check: CheckRunner, judgment: Judgment, case: dict
) -> list[list[dict]]:
    """Return the cases to ask alone, the smallest first, and then pairs to ask in turn."""
    drawn = (
        [check.cases[judgment.case]]
        if check.cases[judgment.case] is not case
        else []
    )
    edge = [check.cases[at] for at in check.order if check.is_edge_case[at]][
        :EDGE
    ]
    others = [
        check.cases[check.order[at]] for at in OTHERS if at < len(check.order)
    ]
    alone = [[one] for one in (case, *drawn, *edge, *others)]
    return (
        alone
        + [[one, one] for one in (case, *drawn)]
        + [[one, case] for one in others[:2]]
    )


def passing(exercise: Exercise, check: Check) -> Result:
    """Return the result of a check that holds."""
    worth = check.points
    return Result(
        exercise.name, check.name, check.title, worth, worth, Outcome.PASSED
    )


def failed_by(
    exercise: Exercise, check: Check, found: Fault, cause: str = ""
) -> Result:
    """Return the result of a check that loses its points by a fault."""
    values = {
        name: value for name, value in found.values.items() if name != "log"
    }
    hint = exercise.hints.get(values.get("of", "")) or exercise.hints.get(
        values.get("sort", "")
    )
    if hint:
        values["hint"] = hint
    return replace(
        passing(exercise, check),
        earned=0.0,
        outcome=outcome_of(found),
        fault=Fault(found.kind, values),
        cause=cause or cause_of(found),
    )


def _carried_forward(
    exercise: Exercise,
    check: CheckRunner,
    judgment: Judgment,
    explanation: Explanation,
) -> Result:
    """Return the result of a check that fails because of what costs another its points."""
    cause, mistake, _ = _cause(check, judgment, explanation)
    return replace(
        passing(exercise, check.check),
        outcome=Outcome.CARRIED_FORWARD,
        fault=Fault("carried_forward"),
        mistake=mistake.name if mistake else "",
        cause=cause,
    )
