"""Looks for a slip: one change of a student's own text that makes every check of an exercise pass.

In: a trial whose checks failed.  Out: the line as it is and as it should be, or None.  The worker
that parses proposes changes; each runs like a submission, in a fixed order, and counted, not timed,
so that a busy machine finds the same one.  It knows no known mistake, no points and no sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import NamedTuple

from autograder.errors import Ended
from autograder.judging.check_runner import CheckRunner, Judgment, value_of
from autograder.judging.faults import SIDE_EFFECT
from autograder.judging.load import load
from autograder.judging.shrink import smallest
from autograder.judging.trial import OF_CALLS, Trial
from autograder.reading.parsed import ParsedSubmission, Statement
from autograder.reading.source import Change
from autograder.results import Slip
from autograder.wire import Raised

# Of functions that answer, raise, or have a near name; what is not attempted, or not run
# here, holds no slip.
MAY_BE_SLIPS = OF_CALLS | {
    SIDE_EFFECT,
    "still_raises",
    "ended",
    "too_slow_before",
}
# Sorts of slips whose changed line is not quoted: of whole lines, and a condition, where
# others pass as well.
UNQUOTED = {"below", "behind", "line", "head", "block", "condition"}
# Sorts of slips without which a condition that they feed is always the same.
LEFT_OUT = {"line", "only", "block"}
CHANGES_SECONDS = 20.0  # of a submission's time, to try changes
SECONDS = 0.5  # CPU seconds for one answer of a changed function
# A student's chapter has fewer.
MANY_STATEMENTS = 100
# A change whose function does not answer in time counts as so many.
WITHOUT_ANSWER = 10


def find(trial: Trial, judgments: Sequence[Judgment]) -> Slip | None:
    """Return the slip that explains why checks of a function fail, or None.

    The trial keeps the submission without it.
    """
    failed = [judgment for judgment in judgments if judgment.fault]
    function = trial.exercise.function
    if not failed or function != trial.exercise.name:
        return None
    for judgment in failed:
        if judgment.fault and judgment.fault.kind not in MAY_BE_SLIPS:
            return None
    search = _Search(trial)
    try:
        search.add_failing_cases(trial, failed)
        for number, change in _changes(trial, failed):
            if search.tries <= 0:
                break
            changed = _changed(trial, number, change)
            if not search.passes(changed):
                continue
            if change.conditions:
                condition = _condition(trial, search, number, change)
                if condition is not None:
                    change = condition
                    changed = _changed(trial, number, change)
                elif change.sort in LEFT_OUT:
                    continue
            trial.without_slip = changed
            trial.signature = search.signature
            return _slip(trial.parsed.statements[number], change, function)
    except Ended:
        # No budget is left.
        pass
    finally:
        search.shared.end()
    return None


def _condition(
    trial: Trial, search: _Search, number: int, change: Change
) -> Change | None:
    """Return the condition that is wrong where a change is for conditions alone, or None.

    If one may as well be always true, or never, it is what does not belong there: no counter
    or flag that it reads.
    """
    first, *others = change.conditions
    for always in ("True", "False"):
        condition = Change(*first, always, "condition", tuple(others))
        if search.passes(_changed(trial, number, condition)):
            return condition
    return None


def _changes(
    trial: Trial, failed: Sequence[Judgment]
) -> Iterator[tuple[int, Change]]:
    """Yield a statement's number and a change of it: of the function and its helpers, in turn."""
    parsed = trial.parsed
    function = trial.exercise.function
    bound = {part.function for part in trial.exercise.parts} & {*parsed.needs}
    for statement in parsed.needed(function):
        bound.update(statement.binds)
    raised_in, line = _raised(failed)
    by_statement = []
    for number in changeable(trial):
        statement = parsed.statements[number]
        changes = trial.judge.workers.changes(
            trial.exercise,
            statement,
            sorted(bound),
            line if raised_in in statement.binds else 0,
            trial.settings.slip_changes,
        )
        by_statement.append([(number, change) for change in changes])
    for in_turn in zip_longest(*by_statement):
        yield from filter(None, in_turn)


def changeable(trial: Trial) -> list[int]:
    """Return the numbers of the function's last definition, and of those of its helpers."""
    defining: list[int] = []
    helping: list[int] = []
    function = trial.exercise.function
    for number in trial.parsed.needs.get(function, ()):
        statement = trial.parsed.statements[number]
        if not statement.defines_function:
            continue
        if function in statement.binds:
            defining = [number]
        elif not {*trial.functions} & {*statement.binds}:
            helping.append(number)
    return defining + helping


def _raised(failed: Sequence[Judgment]) -> tuple[str, int]:
    """Return the function that raised the first exception, and the line in it; 0 for none."""
    for judgment in failed:
        if judgment.fault and judgment.fault.kind == "raised":
            values = judgment.fault.values
            if values["error"] == "AssertionError":
                # It says that another line is wrong.
                break
            function, line, _ = f"{values['place']}::".split(":", 2)
            return function, int(line[:5]) if line.isdecimal() else 0
    return "", 0


def _changed(trial: Trial, number: int, change: Change) -> ParsedSubmission:
    """Return the submission with a change in one statement."""
    parsed = trial.parsed
    statement = parsed.statements[number]
    statements = [*parsed.statements]
    statements[number] = replace(
        statement, source=change.applied_to(statement.source)
    )
    # A call that was misspelled asks for a function that nothing else needed.
    needed = {*parsed.needs[trial.exercise.function]}
    for part in trial.exercise.parts:
        if part.function == change.text:
            needed.update(parsed.needs.get(part.function, ()))
    needs = {**parsed.needs, trial.exercise.function: sorted(needed)}
    return replace(parsed, statements=statements, needs=needs)


class _FailingCase(NamedTuple):
    """A case that failed before, and is asked first of each change."""

    runner: CheckRunner
    case: dict
    right_values: dict


class _Search:
    """Tries changed functions, first with cases that failed before, then with all of all checks.

    Changes share a worker until one does not answer; one that passes these cases gets a
    worker of its own.  tries: how many are left.
    """

    def __init__(self, trial: Trial) -> None:
        self.tries = trial.settings.slip_changes
        budget = trial.budget.portion(CHANGES_SECONDS)
        self.shared = trial.changed(trial.parsed, budget)
        self.failing_cases: list[_FailingCase] = []
        # of the latest change
        self.signature: dict | None = None

    def add_failing_cases(
        self, trial: Trial, failed: Sequence[Judgment]
    ) -> None:
        """Add a case of each failed check, first the one that the student will see."""
        first = failed[0]
        is_shown = first.fault and first.fault.kind in OF_CALLS
        if first.check.is_drawn and is_shown and not first.ended:
            case, _ = smallest(trial, first)
            trial.end()
            self.failing_cases.append(_FailingCase(first.runner, case, {}))
        for judgment in failed:
            self._add(judgment)

    def _add(self, judgment: Judgment) -> None:
        runner = judgment.runner
        number = judgment.case
        if judgment.ended:
            number = runner.order[0]
        self.failing_cases.append(
            _FailingCase(
                runner, runner.cases[number], runner.right_values[number]
            )
        )

    def passes(self, parsed: ParsedSubmission) -> bool:
        """Return whether a changed submission passes every check.

        If it does not, the case that fails is asked of later changes first.
        """
        # Each try loads them all again: a whole book in one notebook is tried less often.
        needed = parsed.needed(self.shared.exercise.function)
        self.tries -= 1 + len(needed) // MANY_STATEMENTS
        try:
            if not self._passes_failing_cases(parsed):
                return False
        except Ended:
            self.tries -= WITHOUT_ANSWER
            self.shared.end()
            return False
        return self._passes_all(parsed)

    def _passes_failing_cases(self, parsed: ParsedSubmission) -> bool:
        """Return whether a changed submission passes the cases that failed before, and not because
        a check forgives the exception that it raises.
        """
        trial = self.shared
        if trial.worker is None:
            trial.worker = trial.judge.workers.sandbox.worker(trial.budget)
        worker = trial.worker
        worker.replies.clear()
        seconds = trial.settings.load_seconds
        loaded = load(worker, trial.exercise, parsed, trial.functions, seconds)
        self.signature = loaded.functions.get(trial.exercise.function)
        if trial.exercise.function not in loaded.functions:
            return False
        for runner, case, right_values in self.failing_cases:
            dialog = runner.dialog(worker, SECONDS)
            if runner.fault_in(case, dialog.answer, trial.passed, right_values):
                return False
            _, last_answer = dialog.history[-1]
            if isinstance(value_of(last_answer), Raised):
                return False
        return True

    def _passes_all(self, parsed: ParsedSubmission) -> bool:
        trial = self.shared.changed(parsed, self.shared.budget)
        try:
            judgment = trial.run_checks(until_one_fails=True)[-1]
        finally:
            trial.end()
        if not judgment.fault:
            return True
        is_asked_alone = judgment.check.is_drawn and not judgment.ended
        if is_asked_alone and judgment.fault.kind != SIDE_EFFECT:
            self._add(judgment)
        return False


def _slip(statement: Statement, change: Change, function: str) -> Slip:
    """Return the slip that a change undoes: its line, as the student wrote it, and as it
    should be.
    """
    old = statement.source
    # Of whole lines, the first.
    changed = old[change.start : change.end]
    start = change.end - len(changed.lstrip())
    row = old.count("\n", 0, start)
    fixed = ""
    if change.sort not in UNQUOTED:
        fixed = change.applied_to(old).split("\n")[row].strip()
    removed = old[start : change.end].removeprefix(change.text)
    if change.sort == "call" and removed in fixed:
        fixed = ""  # the same call is still at another place
    rows = {old.count("\n", 0, start) for start, _ in change.also} - {row}
    lines = [row - statement.head_row + 1 for row in sorted(rows)]
    slip = slip_in(statement, row, change.sort, fixed, function)
    return replace(slip, also=tuple(lines))


def slip_in(
    statement: Statement, row: int, sort: str, fixed: str, function: str
) -> Slip:
    """Return the slip in a row of a statement, named if that does not define the function."""
    line = statement.source.split("\n")[row].strip()
    name = min(statement.binds, default="")
    if function in statement.binds:
        name = ""
    return Slip(row - statement.head_row + 1, line, sort, fixed, name)
