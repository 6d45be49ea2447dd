"""Explains a trial to the student: the known mistake with the same answers, a small case, a lost function.

Uses trials, and knows nothing of whole submissions.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch

from autograder import wire
from autograder.authoring.checks import Check
from autograder.authoring.exercise import Exercise
from autograder.authoring.expect import VALUE
from autograder.authoring.mistakes import Mistake
from autograder.errors import Ended, SandboxError
from autograder.judging import repair, signatures, wording
from autograder.judging.check_runner import CheckRunner
from autograder.judging.faults import Fault, Run, fault
from autograder.judging.snippet import snippet
from autograder.judging.trial import Trial
from autograder.languages import tr
from autograder.results import Outcome, Result, Slip

UNWRITTEN = {"not_written", "absent"}
VALUE_OFF = f"differs:{VALUE}:"  # the cause of a fault of the returned value, whose kind and shape are right
SEEN = {"differs", "beyond", "raised", "malformed"}  # faults that an input shows
OTHERS = (1, 3, 9, 27)  # cases to try instead, by size, if the smallest does not fail when it is asked alone


def same(a: Any, b: Any) -> bool:
    """Whether answers are equal up to rounding; for errors, only the kind counts."""
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        return (
            a.shape == b.shape
            and a.dtype == b.dtype
            and (a.equal(b) or torch.allclose(a, b, rtol=1e-4, atol=1e-5, equal_nan=True))
        )
    if {type(a), type(b)} == {int, float}:
        a, b = float(a), float(b)
    if type(a) is not type(b):
        return False
    if type(a) is wire.Raised:
        return a.error == b.error and _without_numbers(a.message) == _without_numbers(b.message)
    if type(a) in (list, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if type(a) is dict:
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if type(a) is float:
        return a == b or (a != a and b != b) or abs(a - b) <= 1e-4 * abs(b) + 1e-5
    return bool(a == b)


def _without_numbers(message: str) -> str:
    """An exception's message without numbers; shapes such as 2x3 stay, because they show the order."""
    return re.sub(r"(?<![\dx])\d+(?![\dx])", "1", message)


def views(trial: Trial, runs: Sequence[Run]) -> list:
    """The parts of the answers to each check that are compared with a mistake's; rare cases are left out."""
    compared = []
    for check, run in zip(trial.checks, runs):
        some = run.answers[check.check.rare :] if check.check.is_drawn else run.answers
        plain = [[a.value if type(a) is wire.SideEffect else a for a in each] for each in some]
        compared.append(check.check.view(plain))
    return compared


class KnownMistakes:
    """The answers of known mistakes, asked when first needed.  trial: makes a trial of a mistake's source."""

    def __init__(self, get_or_create: Callable, trial: Callable[[Exercise, Mistake], Trial]):
        self.get_or_create, self.trial = get_or_create, trial
        self._views: dict[tuple[str, str, int], list] = {}

    def of(self, exercise: Exercise, mistake: Mistake, count: int) -> list:
        """Its views of the first checks.  Raises Ended if its worker ends."""
        key = exercise.name, mistake.name, count
        if key not in self._views:
            name = ".".join(map(str, key))
            frames = self.get_or_create(name, lambda: self._asked(exercise, mistake, count))
            self._views[key] = wire.opened(frames["views"])
        return self._views[key]

    def _asked(self, exercise: Exercise, mistake: Mistake, count: int) -> dict[str, bytes]:
        trial = self.trial(exercise, mistake)
        try:
            runs = [check.run(trial.ready(), trial.passed) for check in trial.checks[:count]]
            return {"views": wire.pack(views(trial, runs))}
        finally:
            trial.end()

    def _alike(self, exercise: Exercise, mistake: Mistake, seen: Sequence) -> bool:
        return all(map(same, seen, self.of(exercise, mistake, len(seen))))

    def name(self, trial: Trial, runs: Sequence[Run]) -> Mistake | None:
        """The known mistake with the same answers as a submission, in all cases of all checks."""
        if any(run.ended for run in runs):
            return None
        failed = [check.check.name for check, run in zip(trial.checks, runs) if run.fault]
        seen: list | None = None
        for mistake in trial.exercise.mistakes:
            if mistake.fails != {*failed}:
                continue
            first = 1 + [check.check.name for check in trial.checks].index(failed[0])
            try:
                seen = views(trial, runs) if seen is None else seen
                # Nearly all differ where they first fail, so the rest is asked of few.
                if all(self._alike(trial.exercise, mistake, seen[:n]) for n in (first, len(seen))):
                    return mistake
            except SandboxError:
                raise
            except Exception:
                continue  # it has no such answers: infinite, of another form, or none
        return None


def results(trial: Trial, known: KnownMistakes, rests_on_lost_parts: bool) -> list[Result]:
    """Return a result for each check.

    rests_on_lost_parts: its parts are wrong, and show it with smaller cases.
    """
    try:
        runs = trial.runs()
        # Code that is not written is no known mistake, so the stub does not cost a comparison with them all.
        kinds = {run.fault.kind for run in runs if run.fault is not None}
        named = known.name(trial, runs) if kinds - UNWRITTEN else None
        mismatch = None if rests_on_lost_parts else signatures.signature_mismatch(trial, runs)
        if named and "raised" not in kinds:
            mismatch = None  # its calls succeed, so the mistake explains the values
        for run in runs:
            run.fault = run.fault and _refined(run.fault, trial)
        carries = named is not None and (named.costs < named.fails or len(named.fails) == 1)
        slip = None if carries or rests_on_lost_parts else repair.find(trial, runs)
        if slip:
            return _with_slip(trial, runs, slip)
        explained: set[str] = set()
        diagnosed: list[Result] = []
        held = set[str]() if named or mismatch or rests_on_lost_parts else claims_held(trial, runs)
        for check, run in zip(trial.checks, runs):
            if run.fault is not None and check.check.name in held:
                diagnosed.append(followed(trial.exercise, check.check, run.fault, run.fault.cause))
                continue
            run.fault = run.fault and (mismatch or run.fault)
            one = _diagnosed(trial, check, run, named, explained, rests_on_lost_parts)
            # The hint of the first failure alone: others lead away from it.
            is_first = not any(other.message and other.outcome is not Outcome.FOLLOWED for other in diagnosed)
            diagnosed.append(one if is_first or one.outcome is Outcome.FOLLOWED else replace(one, hint=""))
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


def _with_slip(trial: Trial, runs: Sequence[Run], slip: Slip) -> list[Result]:
    """Let the first failed check cost its points, and explain why; the others are carried forward."""
    diagnosed: list[Result] = []
    for check, run in zip(trial.checks, runs):
        if run.fault is not None and any(other.slip for other in diagnosed):
            diagnosed.append(followed(trial.exercise, check.check, run.fault, "slip"))
            continue
        one = _diagnosed(trial, check, run, None, set(), False)
        diagnosed.append(replace(one, hint="", cause="slip", slip=slip) if run.fault else one)
    return diagnosed


def _refined(found: Fault, trial: Trial) -> Fault:
    """Return the fault with details from the submission's statements."""
    exercise, parsed, function = trial.exercise, trial.parsed, trial.exercise.function
    if found.kind == "absent":
        return signatures.why_missing(exercise, trial.functions, parsed, trial.loaded)
    if found.kind.endswith("not_written") and found.values.get("part", function) in parsed.written:
        return fault("still_raises")
    if found.kind == "raised" and found.values["error"] == "NameError":
        match = re.match(r"name '(\w+)' is not defined", found.values["message"])
        name = match[1] if match else ""
        if limit := signatures.limit_behind(name, trial.parsed, trial.loaded):
            return limit
        for lost in trial.loaded.lost if trial.loaded else ():
            statement = signatures.statement_of(parsed, lost)
            if statement is not None and name in statement.binds:
                return signatures.at("name_lost", function, lost, statement.head, name=name)
        for lost in parsed.lost:
            if lost.defines == name:
                return signatures.at("name_lost", function, lost, lost.code, name=name)
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
        carried = followed(exercise, check.check, found, f"mistake:{mistake.name}")
        return replace(carried, mistake=mistake.name)
    if found.kind == "called_otherwise":
        mistake = None  # it would describe a body that may be right
    cause = f"mistake:{mistake.name}" if mistake else found.cause
    is_first = cause not in explained
    explained.add(cause)
    if found.kind in SEEN and (rests_on_lost_parts or not is_first):
        example = wording.inputs(exercise, check.cases[run.case])
        if not rests_on_lost_parts:
            trial.draw(check, found)
    elif found.kind in SEEN:
        try:
            worker = trial.ready(trial.looking)
            case, smaller, trial.tries = check.smallest(run, worker, trial.passed, trial.tries)
            found, example, code = _shown(trial, check, run, case, smaller or found)
            found = _refined(found, trial)
            trial.draw(check, found)
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
        asked = [check.asked(one, worker, trial.passed) for one in cases]
        seen = asked[-1][0]  # the calls before it are right when each is asked alone
        if seen is not None and seen.kind in SEEN:
            if len(cases) > 1:
                seen = replace(seen, values={**seen.values, "later": "first"})
            changed, is_changed, _ = str(seen.values.get("of", "")).partition(" changed")
            questions = [question for _, question in asked if question is not None]
            code = snippet(trial.exercise, questions, wording.comment(seen), changed if is_changed else "")
            return seen, wording.inputs(trial.exercise, *cases), code
    later = replace(found, values={**found.values, "later": "several"})
    return later, wording.inputs(trial.exercise, case), ""


def followed(exercise: Exercise, check: Check, found: Fault, cause: str) -> Result:
    """Return the result of a check that fails because of what costs another its points: it earns its own."""
    passed = result(exercise, check, None)
    is_value = found.kind == "differs" and found.values["sort"] == VALUE
    words = tr(wording.FOLLOWED if is_value else wording.ONE_MISTAKE)
    return replace(passed, outcome=Outcome.FOLLOWED, message=words, cause=cause)


def result(
    exercise: Exercise,
    check: Check,
    found: Fault | None,
    mistake: Mistake | None = None,
    cause: str = "",
    is_explained: bool = False,
) -> Result:
    """Return the result of a check.  is_explained: its wrong parts explain it, so it needs no hint."""
    passed = Result(
        exercise=exercise.name,
        check=check.name,
        title=tr(check.title),
        points=check.points,
        earned=check.points,
        outcome=Outcome.PASSED,
    )
    if found is None:
        return passed
    return replace(
        passed,
        earned=0,
        outcome=found.outcome,
        message=wording.message(found),
        mistake=mistake.name if mistake else "",
        says=tr(mistake.says) if mistake else "",
        hint=wording.hint(check, found, mistake, is_explained),
        cause=cause or found.cause,
    )
