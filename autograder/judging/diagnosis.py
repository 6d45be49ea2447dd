"""What a student reads of a trial: the mistake that answers alike, a small case, where a function was lost.

Stands above trials, and knows nothing of whole submissions.
"""

from __future__ import annotations

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
from autograder.judging import examples, signatures, wording
from autograder.judging.check_runner import CheckRunner, Run
from autograder.judging.examples import Shown
from autograder.judging.faults import Fault, fault
from autograder.judging.trial import Trial
from autograder.languages import tr
from autograder.results import Outcome, Result

UNWRITTEN = {"not_written", "absent"}


def same(a: Any, b: Any) -> bool:
    """Equal answers, up to rounding; of errors only the kind."""
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


def _without_numbers(message):
    """What an exception says; shapes, as 2x3, stay, since they say which way round they were."""
    return re.sub(r"(?<![\dx])\d+(?![\dx])", "1", message)


def view(check: CheckRunner, answers: list) -> object:
    """What of the answers to a check is compared: of drawn cases but the rare, the first answers."""
    some = [each[:1] for each in answers[check.check.rare :]] if check.check.is_drawn else answers
    return check.check.view([[a.value if type(a) is wire.Left else a for a in each] for each in some])


def views(trial: Trial, runs: Sequence[Run]) -> list:
    """What is compared of the answers to each check of a trial.  Raises Ended."""
    return [view(check, trial.answers(check, run)) for check, run in zip(trial.checks, runs)]


class KnownMistakes:
    """How known mistakes answer, asked when first needed.

    get_or_create: as the cache's.  trial: one of an exercise with a mistake's source.
    """

    def __init__(self, get_or_create: Callable, trial: Callable[[Exercise, Mistake], Trial]):
        self.get_or_create, self.trial = get_or_create, trial
        self._views: dict[tuple[str, ...], list] = {}
        self._smallest: dict[tuple[str, str], dict | None] = {}

    def of(self, exercise: Exercise, mistake: Mistake, soon: bool = False) -> list:
        """Its views of all checks; soon: of those up to the first that it fails, which tells most apart.

        Raises Ended where its worker ends: the machine is to blame then, and the next run asks again.
        """
        key = (exercise.name, mistake.name, *["soon"] * soon)
        if key not in self._views:
            frames = self.get_or_create(".".join(key), lambda: self._asked(exercise, mistake, soon))
            self._views[key] = wire.opened(frames["views"])
        return self._views[key]

    def _asked(self, exercise, mistake, soon):
        trial = self.trial(exercise, mistake)
        names = [check.check.name for check in trial.checks]
        count = 1 + min(map(names.index, mistake.fails)) if soon else len(names)
        try:
            runs = [
                check.run(trial.ready(), trial.passed, keep_answers=True) for check in trial.checks[:count]
            ]
            return {"views": wire.pack(views(trial, runs))}
        finally:
            trial.end()

    def smallest(self, exercise: Exercise, mistake: Mistake) -> dict | None:
        """The smallest case of the check that its words stand under; looked for once somebody makes it.

        None where its worker ends: the machine is to blame, and the next run asks again.
        """
        key = exercise.name, mistake.name
        if key not in self._smallest:
            try:
                frames = self.get_or_create(
                    ".".join([*key, "smallest"]), lambda: self._looked_for(exercise, mistake)
                )
            except Ended:
                return None
            self._smallest[key] = wire.opened(frames["case"])
        return self._smallest[key]

    def _looked_for(self, exercise, mistake):
        trial, case = self.trial(exercise, mistake), None
        try:
            check = next(check for check in trial.checks if check.check.name in mistake.costs)
            worker = trial.ready()
            run = check.run(worker, trial.passed)
            if run.fault is not None:
                case, *_ = check.smallest(run, worker, trial.passed, trial.tries)
            if worker.end:
                raise Ended("gone")
        finally:
            trial.end()
        return {"case": wire.pack(case)}

    def name(self, trial: Trial, runs: Sequence[Run]) -> Mistake | None:
        """The known mistake that answers as a submission does, in all cases of all checks."""
        failed = frozenset(check.check.name for check, run in zip(trial.checks, runs) if run.fault)
        if any(run.ended for run in runs):
            return None
        candidates = [mistake for mistake in trial.exercise.mistakes if mistake.fails == failed]
        try:
            seen = views(trial, runs) if candidates else []
            for mistake in candidates:
                known = (self.of(trial.exercise, mistake, soon) for soon in (True, False))
                if all(all(map(same, seen, answers)) for answers in known):
                    return mistake
        except SandboxError:
            raise
        except Exception:
            return None  # answers of a kind that no known mistake gives: infinite, or of another form
        return None


def results(trial: Trial, known: KnownMistakes, rests_on_lost_parts: bool) -> list[Result]:
    """Try the exercise; a result for each check.

    rests_on_lost_parts: its own parts are wrong, and say so with smaller cases than any of this one's.
    """
    try:
        runs = trial.runs()
        # What is not written is no mistake: a first run need not ask all that are known because of the stub.
        faults = {run.fault.kind for run in runs if run.fault is not None}
        named = known.name(trial, runs) if faults - UNWRITTEN else None
        otherwise = signatures.called_otherwise(trial, runs)
        if named and all(run.fault.kind != "raised" for run in runs if run.fault is not None):
            otherwise = None  # where its calls succeed, the mistake explains the values
        if otherwise and rests_on_lost_parts:
            otherwise = fault("told_before", function=trial.exercise.function)
        misspelt = None if otherwise or rests_on_lost_parts else signatures.misspelt(trial, runs)
        if misspelt and named:
            named = replace(named, says=wording.message(misspelt))  # the same answers, and why
        elif misspelt:
            otherwise, named = misspelt, None
        told: set[str] = set()
        found = []
        for check, run in zip(trial.checks, runs):
            if run.fault is not None:
                run.fault = otherwise or _refined(run.fault, trial)
            found.append(_diagnosed(trial, known, check, run, named, told, rests_on_lost_parts))
        return found
    finally:
        trial.end()


def _refined(found: Fault, trial: Trial) -> Fault:
    """The fault with what only the submission's statements tell."""
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
        if name in {part.function for part in exercise.substituted}:
            return fault("part_absent", part=name, function=function)
        for lost in trial.loaded.lost if trial.loaded else ():
            statement = signatures.statement_of(parsed, lost)
            if statement is not None and name in statement.binds:
                return signatures.at("name_lost", function, lost, statement.head, name=name)
        for lost in parsed.lost:
            if lost.defines == name:
                return signatures.at("name_lost", function, lost, lost.code, name=name)
    return found


def _diagnosed(trial, known, check, run, named, told, rests_on_lost_parts):
    """told: the causes of earlier checks, which are explained there."""
    found, exercise = run.fault, trial.exercise
    if found is None:
        return result(exercise, check.check, None)
    mistake = named if named is not None and check.check.name in named.fails else None
    if mistake is not None and check.check.name not in mistake.costs:
        return followed(exercise, check.check, mistake, found)
    if found.kind == "called_otherwise":
        mistake = None  # its words would be of a body that may be right
    cause = f"mistake:{mistake.name}" if mistake else found.cause
    is_first = cause not in told
    told.add(cause)
    shown = Shown(found)
    if run.ended:
        if found.tried and found.outcome is not Outcome.ERROR and trial.loaded is not None:
            case = trial.ending_case(check)
            shown = Shown(found, "" if case is None else wording.inputs(exercise, case))
    elif found.kind not in examples.SEEN:
        pass  # no input shows it
    elif not is_first or rests_on_lost_parts:
        shown = Shown(found, wording.inputs(exercise, check.cases[run.case]))
        if not rests_on_lost_parts:
            _draw(trial, check, found)
    else:
        try:
            smallest = known.smallest(exercise, mistake) if mistake else None
            case, found = trial.example(check, run, smallest)
            shown = examples.shown(trial, check, run, case, found)
            shown = replace(shown, fault=_refined(shown.fault, trial))
            _draw(trial, check, shown.fault)
        except Ended:  # it loads no second time: what was seen first stands
            pass
    return result(exercise, check.check, shown, mistake, cause, is_explained=rests_on_lost_parts)


def _draw(trial, check, found):
    """Have it measured what helps to see the fault, once for a drawing; of what raises there is nothing."""
    if found.kind in ("differs", "beyond"):
        for drawing in trial.exercise.drawings:
            if check.check.name in drawing.checks and drawing not in trial.drawn:
                trial.draw(drawing, check)


def followed(exercise: Exercise, check: Check, mistake: Mistake, found: Fault) -> Result:
    """The result of a check that fails by a mistake which does not break its claim: its points are given.

    Where a value is off, the claim holds of what the mistake makes of it; of another failure nobody knows.
    """
    passed = result(exercise, check, None)
    is_value = found.kind == "differs" and found.values["sort"] == VALUE
    words = tr(wording.FOLLOWED if is_value else wording.ONE_MISTAKE)
    cause = f"mistake:{mistake.name}"
    return replace(passed, outcome=Outcome.FOLLOWED, message=words, mistake=mistake.name, cause=cause)


def result(
    exercise: Exercise,
    check: Check,
    found: Fault | Shown | None,
    mistake: Mistake | None = None,
    cause: str = "",
    is_explained: bool = False,
) -> Result:
    """The result of a check: passed where there is no fault.

    is_explained: by the parts on which it rests, so that no hint belongs beside it.
    """
    shown = found if isinstance(found, Shown) else Shown(found)
    found = shown.fault
    return Result(
        exercise=exercise.name,
        check=check.name,
        title=tr(check.title),
        points=check.points,
        earned=check.points if found is None else 0,
        outcome=Outcome.PASSED if found is None else found.outcome,
        message="" if found is None else wording.message(found),
        example=shown.example,
        code=shown.code,
        mistake=mistake.name if mistake else "",
        says=tr(mistake.says) if mistake else "",
        hint="" if found is None else wording.hint(check, found, mistake, is_explained),
        cause="" if found is None else cause or found.cause,
    )
