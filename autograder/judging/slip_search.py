"""Looks for a slip: one change of a student's own text that makes every check of an exercise
pass.

Changes are made where the text is parsed, and each runs in a worker like any submission.
They are tried in a fixed order and counted, so a busy machine finds the same one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

from autograder.errors import Ended
from autograder.judging.faults import SIDE_EFFECT
from autograder.judging.run import CheckRunner, Judgment
from autograder.judging.trial import OF_VALUES, Trial, load
from autograder.reading.parsed import ParsedSubmission, Statement
from autograder.reading.source import Change
from autograder.results import Slip
from autograder.wire import Raised, SideEffect

# Of functions that answer, raise, or have a near name; what is not attempted, or not run
# here, holds no slip.
REPAIRABLE = {
    "differs",
    "beyond",
    "raised",
    "malformed",
    SIDE_EFFECT,
    "still_raises",
    "ended",
    "too_slow_before",
}
# Sorts of slips whose changed line is not quoted: of whole lines, and a condition, where
# others pass as well.
UNQUOTED = {"below", "line", "head", "block", "condition"}
SECONDS = 0.5  # CPU seconds for one answer of a changed function
# A student's chapter has fewer.
MANY_STATEMENTS = 100
# A change whose function does not answer in time counts as so many.
WITHOUT_ANSWER = 10
Failed = Sequence[tuple[CheckRunner, Judgment]]


def find(trial: Trial, judgments: Sequence[Judgment]) -> Slip | None:
    """Return the slip that explains why checks of a function fail, or None."""
    failed: list[tuple[CheckRunner, Judgment]] = []
    for check, judgment in zip(trial.checks, judgments):
        if judgment.fault is not None:
            failed.append((check, judgment))
            if judgment.fault.kind not in REPAIRABLE:
                return None
    function = trial.exercise.function
    if not failed or function != trial.exercise.name:
        return None
    search = _Search(trial)
    try:
        search.ask(trial, failed)
        for number, change in _changes(trial, failed):
            if search.left <= 0:
                break
            if search.passes(_changed(trial, number, change)):
                return _slip(trial.parsed.statements[number], change, function)
    except Ended:
        # No budget is left.
        pass
    finally:
        search.shared.end()
        trial.cpu += search.shared.cpu
    return None


def _changes(trial: Trial, failed: Failed) -> Iterator[tuple[int, Change]]:
    """Yield a statement's number and a change of it: of the function and its helpers, in turn."""
    parsed = trial.parsed
    function = trial.exercise.function
    defining: list[int] = []
    helping: list[int] = []
    bound = {part.function for part in trial.exercise.parts} & {*parsed.needs}
    for number in parsed.needs.get(function, ()):
        statement = parsed.statements[number]
        bound.update(statement.binds)
        if not statement.defines:
            continue
        if function in statement.binds:
            defining = [number]
        elif not {*trial.functions} & {*statement.binds}:
            helping.append(number)
    raised_in, line = _raised(failed)
    by_statement = []
    for number in [*defining, *helping]:
        statement = parsed.statements[number]
        changes = trial.judge.changes(
            trial.exercise,
            statement,
            sorted(bound),
            line if raised_in in statement.binds else 0,
            trial.settings.slip_changes,
        )
        by_statement.append([(number, change) for change in changes])
    for in_turn in zip_longest(*by_statement):
        yield from filter(None, in_turn)


def _raised(failed: Failed) -> tuple[str, int]:
    """Return the function that raised the first exception, and the line in it; 0 for none."""
    for _, judgment in failed:
        if judgment.fault and judgment.fault.kind == "raised":
            function, line, _ = f"{judgment.fault.values['place']}::".split(
                ":", 2
            )
            return function, int(line[:5]) if line.isdecimal() else 0
    return "", 0


def _changed(trial: Trial, number: int, change: Change) -> ParsedSubmission:
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
    slip = slip_in(statement, row, change.sort, fixed, function)
    if change.text == function:
        return replace(slip, name="")
    return slip


def slip_in(
    statement: Statement, row: int, sort: str, fixed: str, function: str
) -> Slip:
    """Return the slip in a row of a statement, named if that does not define the function."""
    line = statement.source.split("\n")[row].strip()
    name = min(statement.binds, default="")
    if function in statement.binds:
        name = ""
    return Slip(row - statement.head_row + 1, line, sort, fixed, name)


class _Search:
    """Tries changed functions, first with cases that failed before, then with all of all checks.

    Changes share a worker until one does not answer; one that passes these cases gets a
    worker of its own.
    left: how many may still be tried.  asked: cases that failed, with their checks and right
    values.
    """

    def __init__(self, trial: Trial) -> None:
        self.left = trial.settings.slip_changes
        budget = trial.budget.portion(trial.settings.slip_seconds)
        self.shared = trial.changed(trial.parsed, budget)
        self.asked: list[tuple[CheckRunner, dict, dict]] = []

    def ask(self, trial: Trial, failed: Failed) -> None:
        """Ask a case of each failed check, first the one that the student will see."""
        check, judgment = failed[0]
        is_shown = (
            judgment.fault is not None and judgment.fault.kind in OF_VALUES
        )
        if check.check.is_drawn and is_shown and not judgment.ended:
            case, _ = trial.smallest(judgment)
            trial.end()
            self.asked.append((check, case, {}))
        for check, judgment in failed:
            self._ask(
                check, check.order[0] if judgment.ended else judgment.case
            )

    def _ask(self, check: CheckRunner, number: int) -> None:
        self.asked.append(
            (check, check.cases[number], check.right_values[number])
        )

    def passes(self, parsed: ParsedSubmission) -> bool:
        """Return whether a changed submission passes every check.

        If it does not, the case that fails is asked of later changes first.
        """
        # Each try loads them all again: a whole book in one notebook is tried less often.
        needed = parsed.needed(self.shared.exercise.function)
        self.left -= 1 + len(needed) // MANY_STATEMENTS
        try:
            if not self._passes_asked(parsed):
                return False
        except Ended:
            self.left -= WITHOUT_ANSWER
            self.shared.end()
            return False
        again = self.shared.changed(parsed, self.shared.budget)
        try:
            judgments = again.run_checks(until_one_fails=True)
        finally:
            again.end()
            self.shared.cpu += again.cpu
        judgment = judgments[-1]
        if judgment.fault is None:
            return True
        check = again.checks[len(judgments) - 1]
        is_asked_alone = check.check.is_drawn and not judgment.ended
        if is_asked_alone and judgment.fault.kind != SIDE_EFFECT:
            self._ask(check, judgment.case)
        return False

    def _passes_asked(self, parsed: ParsedSubmission) -> bool:
        """Return whether a changed submission passes the cases that are asked, and not because a
        check forgives the exception that it raises.
        """
        trial = self.shared
        if trial.worker is None:
            trial.worker = trial.judge.sandbox.worker(trial.budget)
        worker = trial.worker
        worker.replies.clear()
        seconds = trial.settings.load_seconds
        loaded = load(worker, trial.exercise, parsed, trial.functions, seconds)
        if trial.exercise.function not in loaded.functions:
            return False
        for check, case, answer in self.asked:
            log: list = []
            asking = check.asking(worker, SECONDS, log)
            if check.fault_in(case, answer, trial.passed, asking) is not None:
                return False
            _, last = log[-1]
            if isinstance(last, SideEffect):
                last = last.value
            if isinstance(last, Raised):
                return False
        return True
