"""Explains a trial to the student: the known mistake with the same answers, a small case, a lost function."""

from collections.abc import Sequence
from dataclasses import replace

from autograder.authoring.checks import Check
from autograder.authoring.exercise import Exercise
from autograder.authoring.mistakes import Mistake
from autograder.errors import Ended
from autograder.judging import price, wording
from autograder.judging.check_runner import CheckRunner
from autograder.judging.explain import Explanation, explain, refine, refined
from autograder.judging.faults import Fault, Run
from autograder.judging.known_mistakes import KnownMistakes
from autograder.judging.snippet import snippet
from autograder.judging.trial import OF_VALUES, Trial
from autograder.languages import tr
from autograder.results import Outcome, Result, Slip

OTHERS = (1, 3, 9, 27)  # cases to try instead, by size, if the smallest does not fail when it is asked alone


def results(trial: Trial, known: KnownMistakes, rests_on_lost_parts: bool) -> list[Result]:
    """Return a result for each check.

    rests_on_lost_parts: its parts are wrong, and show it with smaller cases.
    """
    try:
        runs = trial.runs()
        refine(trial, runs)
        tried = [*zip(trial.checks, runs)]
        trial.leave_out_style()
        runs = [run for check, run in tried if check in trial.checks]
        by_check = {one.check: one for one in _of_values(trial, runs, known, rests_on_lost_parts)}
        for check, run in tried:
            if check.check.of_style:
                by_check[check.check.name] = _diagnosed(trial, check, run, None, set(), rests_on_lost_parts)
        return [by_check[check.check.name] for check, _ in tried]
    finally:
        trial.end()


def _of_values(
    trial: Trial, runs: Sequence[Run], known: KnownMistakes, rests_on_lost_parts: bool
) -> list[Result]:
    """Return a result for each check of values."""
    explanation = Explanation() if rests_on_lost_parts else explain(trial, runs, known)
    failed = [check.check.name for check, run in zip(trial.checks, runs) if run.fault is not None]
    lost = price.lost(failed, explanation.causes)
    explained: set[str] = set()
    diagnosed: list[Result] = []
    for check, run in zip(trial.checks, runs):
        name = check.check.name
        found = run.fault and (explanation.mismatch or run.fault)
        mistake = explanation.mistake
        if mistake is not None and name not in mistake.fails:
            mistake = None
        if found is not None and name not in lost:
            cause = _cause(found, mistake, explanation.slip)
            diagnosed.append(carried_forward(trial.exercise, check.check, cause, mistake))
            continue
        run.fault = found
        is_first = all(other.is_earned or not other.message for other in diagnosed)
        one = _diagnosed(trial, check, run, mistake, explained, rests_on_lost_parts)
        if explanation.slip and found:
            one = replace(one, cause="slip", slip=explanation.slip)
        # The hint of the first failure alone: others lead away from it.
        diagnosed.append(one if is_first and not explanation.slip else replace(one, hint=""))
    return diagnosed


def _cause(found: Fault, mistake: Mistake | None, slip: Slip | None) -> str:
    """Return what is equal for checks of an exercise that fail for the same reason."""
    if slip:
        return "slip"
    return f"mistake:{mistake.name}" if mistake else found.cause


def _diagnosed(
    trial: Trial,
    check: CheckRunner,
    run: Run,
    mistake: Mistake | None,
    explained: set[str],
    rests_on_lost_parts: bool,
) -> Result:
    """Return the result of one check.  explained: causes that an earlier check explains."""
    found, exercise, example, code = run.fault, trial.exercise, "", ""
    if found is None:
        return result(exercise, check.check, None)
    cause = _cause(found, mistake, None)
    is_first = cause not in explained
    explained.add(cause)
    if found.kind in OF_VALUES:  # which an input shows
        try:
            case = check.cases[run.case]
            if rests_on_lost_parts or not is_first:
                worker = trial.ready(trial.looking)
                is_own = not check.check.is_drawn or check.show_case(case, worker, trial.passed).is_own
                example = wording.inputs(exercise, case) if is_own else ""
            else:
                case, smaller = trial.smallest(check, run)
                found, example, code = _shown(trial, check, run, case, smaller or found)
                found = refined(found, trial)
            if not rests_on_lost_parts:
                trial.plot_figures(check, found)
        except Ended:  # it did not load again: keep what was seen first
            pass
    diagnosed = result(exercise, check.check, found, mistake, cause, is_explained=rests_on_lost_parts)
    return replace(diagnosed, example=example, code=code)


def _shown(trial: Trial, check: CheckRunner, run: Run, case: dict, found: Fault) -> tuple[Fault, str, str]:
    """Return a fault as a new worker shows it, its input in words, and lines for a notebook or "".

    It is one input, or else two calls.  Raises Ended.
    """
    if not check.check.is_drawn or found.kind == "ours":
        return found, wording.inputs(trial.exercise, case), ""
    drawn = [check.cases[run.case]] if check.cases[run.case] is not case else []
    others = [check.cases[check.order[i]] for i in OTHERS if i < len(check.order)]
    alone = [[one] for one in (case, *drawn, *others)]
    pairs = [[one, one] for one in (case, *drawn)] + [[one, case] for one in others[:2]]
    for cases in (*alone, *pairs):
        worker = trial.start(trial.looking)
        shown = [check.show_case(one, worker, trial.passed) for one in cases]
        seen = shown[-1].fault  # the calls before it are right when each is asked alone
        if seen is not None and seen.kind in OF_VALUES:
            if len(cases) > 1:
                seen = replace(seen, values={**seen.values, "later": "first"})
            own = trial.loaded.functions if trial.loaded else {}
            names = {part: report["names"] for part, report in own.items() if report}
            code = snippet(trial.exercise, shown, wording.comment(seen), names)
            return seen, wording.inputs(trial.exercise, *cases) if shown[-1].is_own else "", code
    later = replace(found, values={**found.values, "later": "several"})
    return later, wording.inputs(trial.exercise, case), ""


def carried_forward(exercise: Exercise, check: Check, cause: str, mistake: Mistake | None) -> Result:
    """Return the result of a check that fails because of what costs another its points: it earns its own."""
    return replace(
        result(exercise, check, None),
        outcome=Outcome.CARRIED_FORWARD,
        message=tr(wording.CARRIED_FORWARD),
        mistake=mistake.name if mistake else "",
        cause=cause,
    )


def result(
    exercise: Exercise,
    check: Check,
    found: Fault | None,
    mistake: Mistake | None = None,
    cause: str = "",
    is_explained: bool = False,
) -> Result:
    """Return the result of a check.  is_explained: its wrong parts explain it, so it needs no hint."""
    worth = check.points
    passed = Result(exercise.name, check.name, tr(check.title), worth, worth, Outcome.PASSED)
    if found is None:
        return passed
    return replace(
        passed,
        earned=0,
        outcome=found.outcome,
        message=wording.message(found),
        mistake=mistake.name if mistake else "",
        says=tr(mistake.says) if mistake else "",
        hint="" if mistake else wording.hint(check, found, is_explained),
        cause=cause or found.cause,
    )
