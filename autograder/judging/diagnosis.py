"""Explains a trial to the student: the known mistake with the same answers, a small case, a lost function."""

from collections.abc import Sequence
from dataclasses import replace

from autograder.authoring.checks import Check
from autograder.authoring.exercise import Exercise
from autograder.authoring.expect import VALUE
from autograder.authoring.mistakes import Mistake
from autograder.errors import Ended
from autograder.judging import signatures, slip_search, wording
from autograder.judging.check_runner import CheckRunner
from autograder.judging.faults import Fault, Run, fault
from autograder.judging.known_mistakes import KnownMistakes
from autograder.judging.snippet import snippet
from autograder.judging.trial import OF_VALUES, Trial
from autograder.languages import tr
from autograder.results import Outcome, Result

UNWRITTEN = {"not_written", "absent"}
VALUE_OFF = f"differs:{VALUE}:"  # the cause of a fault of the returned value, whose kind and shape are right
OTHERS = (1, 3, 9, 27)  # cases to try instead, by size, if the smallest does not fail when it is asked alone


def results(trial: Trial, known: KnownMistakes, rests_on_lost_parts: bool) -> list[Result]:
    """Return a result for each check.

    rests_on_lost_parts: its parts are wrong, and show it with smaller cases.
    """
    try:
        runs = trial.runs()
        # Code that is not written is no known mistake, so the stub does not cost a comparison with them all.
        kinds = {run.fault.kind for run in runs if run.fault is not None}
        named = known.find(trial, runs) if kinds - UNWRITTEN else None
        mismatch = None if rests_on_lost_parts else signatures.signature_mismatch(trial, runs)
        if named and "raised" not in kinds:
            mismatch = None  # its calls succeed, so the mistake explains the values
        for run in runs:
            run.fault = run.fault and _refined(run.fault, trial)
        carries = named is not None and (named.costs < named.fails or len(named.fails) == 1)
        slip = None if carries or rests_on_lost_parts else slip_search.find(trial, runs)
        if slip:  # the first failed check costs its points, and the others are carried forward
            named = mismatch = None
        explained: set[str] = set()
        diagnosed: list[Result] = []
        held = set[str]() if named or mismatch or rests_on_lost_parts or slip else claims_held(trial, runs)
        for check, run in zip(trial.checks, runs):
            is_first = all(other.is_earned or not other.message for other in diagnosed)
            if run.fault is not None and (check.check.name in held or (slip and not is_first)):
                cause = "slip" if slip else run.fault.cause
                diagnosed.append(carried_forward(trial.exercise, check.check, run.fault, cause))
                continue
            run.fault = run.fault and (mismatch or run.fault)
            one = _diagnosed(trial, check, run, named, explained, rests_on_lost_parts)
            if slip and run.fault:
                one = replace(one, cause="slip", slip=slip)
            # The hint of the first failure alone: others lead away from it.
            diagnosed.append(one if is_first and not slip else replace(one, hint=""))
        return diagnosed
    finally:
        trial.end()


def claims_held(trial: Trial, runs: Sequence[Run]) -> set[str]:
    """Return the checks that fail for the returned value alone, and pass once the right one is in its place.

    The first check that fails costs its points.  If the value is wrong in more than half of its cases, the
    function may be no answer at all, such as zeros, of which the other claims hold too: then nothing is held.
    """
    off = [(check, run) for check, run in zip(trial.checks, runs) if run.fault is not None]
    by_value = [(c, run) for c, run in off if run.fault and run.fault.cause == VALUE_OFF and c.check.is_drawn]
    if len(by_value) < 2 or by_value[0] != off[0]:
        return set()
    (first, run), *others = by_value
    try:
        faults = first.each(trial.ready(), trial.passed, run)
        if 2 * sum(fault is not None for fault in faults) > len(faults):
            return set()
        return {c.check.name for c, run in others if not any(c.each(trial.ready(), trial.passed, run, True))}
    except Ended:
        return set()


def _refined(found: Fault, trial: Trial) -> Fault:
    """Return the fault with details from the submission's statements."""
    exercise, parsed, function = trial.exercise, trial.parsed, trial.exercise.function
    if found.kind == "absent":
        return signatures.why_missing(exercise, trial.functions, parsed, trial.loaded)
    if found.kind.endswith("not_written") and found.values.get("part", function) in parsed.written:
        return fault("still_raises")
    if found.kind == "raised" and found.values["error"] == "NameError":
        match = signatures.NOT_DEFINED.match(found.values["message"])
        name = match[1] if match else ""
        failed = signatures.all_lost(parsed, trial.loaded)
        if limit := signatures.limit_behind(name, failed):
            return limit
        for lost in failed:
            if name in lost.binds:
                return fault("name_lost", function=function, lost=lost, name=name)
    return found


def _diagnosed(
    trial: Trial,
    check: CheckRunner,
    run: Run,
    named: Mistake | None,
    explained: set[str],
    rests_on_lost_parts: bool,
) -> Result:
    """Return the result of one check.  explained: causes that an earlier check explains."""
    found, exercise, example, code = run.fault, trial.exercise, "", ""
    if found is None:
        return result(exercise, check.check, None)
    mistake = named if named is not None and check.check.name in named.fails else None
    if mistake is not None and check.check.name not in mistake.costs:
        carried = carried_forward(exercise, check.check, found, f"mistake:{mistake.name}")
        return replace(carried, mistake=mistake.name)
    if found.kind == "called_otherwise":
        mistake = None  # it would describe a body that may be right
    cause = f"mistake:{mistake.name}" if mistake else found.cause
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
                found = _refined(found, trial)
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


def carried_forward(exercise: Exercise, check: Check, found: Fault, cause: str) -> Result:
    """Return the result of a check that fails because of what costs another its points: it earns its own."""
    passed = result(exercise, check, None)
    is_value = found.kind == "differs" and found.values["sort"] == VALUE
    words = tr(wording.CARRIED_FORWARD if is_value else wording.ONE_MISTAKE)
    return replace(passed, outcome=Outcome.CARRIED_FORWARD, message=words, cause=cause)


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
