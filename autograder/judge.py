"""Exercise x worker -> results: replays drawn cases, finds the smallest that fails, names a mistake.

Knows nothing of where submissions come from or what a student reads.  Student code runs in a worker
alone; here are the checks, the cases and the expected values.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

import torch

from autograder import strategies, wire
from autograder.checks import Check, Exercise, Mistake
from autograder.expect import Difference, shown
from autograder.proxy import NOT_WRITTEN, Malformed, Question, Student, StudentError
from autograder.results import Outcome, Report, Result
from autograder.sandbox import Ended, Sandbox, SandboxError
from autograder.sandbox.client import questions_frame
from autograder.submission import Source

READER = "autograder.submission"
PRELOAD = (
    READER,
    "IPython.core.inputtransformer2",  # read by the reader
    "IPython.display",  # imported by many students' notebooks
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "numpy",
    "torch.utils.data",
    "torch.nn.functional",
)

# Words without which no student's code meets what makes torch import its compiler.
COMPILER = re.compile(r"\b(optim|func|functorch|compiler?|checkpoint|parallel|library|flex_attention)\b")

LOAD_SECONDS = 4.0  # CPU time for the statements that a function needs
CHECK_SECONDS = 2.0  # CPU time for all cases of a check; a right answer takes 0.05
SINGLE_SECONDS = 6.0  # for a check that asks call by call, on large data
TOGETHER_SECONDS = 0.5  # for each of these where exercises share a worker; what is slower has one alone
SHRINK_TRIES = 150  # calls to find an exercise's smaller cases; a count, not a time, so that it ends the same
HANGS = 2  # checks of an exercise that may run out of time before the others are not tried
REMEMBERED = 1000  # verdicts kept per check, of answers that were seen before


@dataclass(frozen=True)
class Fault:
    """Why a case, or a whole check, is not passed."""

    outcome: Outcome
    message: str


NOT_WRITTEN_FAULT = Fault(Outcome.ERROR, NOT_WRITTEN)


@dataclass
class Run:
    """What one submission answered to one check."""

    fault: Fault | None = None
    case: int = 0  # the smallest one drawn that shows the fault
    key: bytes = b""  # equal keys mean equal answers in the first round
    answers: list | None = None
    ended: bool = False  # a fault that ended the worker: no case to look at
    extra: dict = field(default_factory=dict)


class Sheet:
    """A check made ready once for all submissions: its cases, and its first questions as one frame."""

    def __init__(self, check: Check, function: str, groups: list[list[dict]], number: int):
        self.check, self.function = check, function
        self.cases, self.counts = [case for group in groups for case in group], [len(g) for g in groups]
        self.known = [{} for _ in self.cases]
        self.verdicts: dict[bytes, tuple[Fault | None, int]] = {}
        self.examples: dict[tuple[bytes, int], tuple[dict, int]] = {}
        self.frames: dict[str, list[tuple[bytes, int]]] = {}
        self.shrinker = strategies.Shrinker(check.given, number, SHRINK_TRIES)

    @cached_property
    def order(self) -> list[int]:
        """The cases' numbers, smallest case first."""
        sizes = [size(case) for case in self.cases]
        return sorted(range(len(sizes)), key=sizes.__getitem__)

    def judged(self, case: dict, known: dict, answer, sgd: str) -> Fault | Question | None:
        """None for a pass, a Fault, or the Question that has no answer yet."""
        try:
            self.check.body(Student(answer, known, sgd), **_copied(case))
        except Question as question:
            return question
        except Difference as error:
            return Fault(Outcome.FAILED, cleaned(str(error)))
        except StudentError as error:
            return Fault(Outcome.ERROR, cleaned(str(error)))
        except Malformed:
            return Fault(Outcome.ERROR, "it answered in a way that no function can")
        except (Ended, SandboxError):
            raise
        except Exception as error:  # the check is broken, whoever made it so
            return Fault(Outcome.GRADER_ERROR, f"{type(error).__name__}: {cleaned(str(error))}")
        return None

    def opening(self, sgd: str) -> list[tuple[bytes, int]]:
        """The first questions of all cases, a frame for each group: they depend on no student's answers."""
        if sgd not in self.frames:
            first = [self.judged(c, k, _nothing, sgd) for c, k in zip(self.cases, self.known)]
            for question in first:
                if not isinstance(question, Question):
                    raise RuntimeError(f"{self.check.name} asks nothing: {question}")
            pairs = iter([question.pair for question in first])
            frames = [questions_frame(self.function, [*islice(pairs, count)]) for count in self.counts]
            self.frames[sgd] = list(zip(frames, self.counts))
        return self.frames[sgd]

    def run(self, worker, sgd: str, seconds: float | None = None, wanted: bool = False) -> Run:
        """Judge all cases.  seconds: a deadline.  wanted: keep the answers, to compare them with others."""
        if self.check.given is None:
            return self._one_by_one(worker, sgd, seconds or SINGLE_SECONDS)
        seconds = seconds or CHECK_SECONDS
        replies = []
        for frame, count in self.opening(sgd):
            if frame not in worker.replies:  # another check may have asked the same
                worker.replies[frame] = worker.exchange(frame, seconds)
            replies.append((worker.replies[frame], count))
        run = Run(key=b"".join([sgd.encode(), *(reply.key for reply, _ in replies)]))
        if run.key in self.verdicts and not wanted:
            run.fault, run.case = self.verdicts[run.key]
            return run
        run.answers = [[value] for reply, count in replies for value in reply.values(count)]
        rounds = self._first_fault(worker, sgd, seconds, run)
        if rounds == 1 and len(self.verdicts) < REMEMBERED:
            self.verdicts[run.key] = run.fault, run.case
        return run

    def _first_fault(self, worker, sgd, seconds, run):
        """Judge the cases, smallest first, until one fails; how many rounds of questions it took.

        A body may ask again.  Of those that do, more and more share a message.
        """
        left, rounds, count = iter(self.order), 1, 8
        while some := [*islice(left, count)]:
            answers = {i: [run.answers[i][0]] for i in some}
            faults, this_round = {}, 1
            while some:
                verdicts = [
                    (i, self.judged(self.cases[i], self.known[i], _given(answers[i]), sgd)) for i in some
                ]
                faults |= {i: verdict for i, verdict in verdicts if isinstance(verdict, Fault)}
                asked = {i: verdict.pair for i, verdict in verdicts if isinstance(verdict, Question)}
                some = [*asked]
                if some:
                    this_round += 1
                    values = worker.ask(self.function, [*asked.values()], seconds)
                    for i, value in zip(some, values):
                        answers[i].append(value)
            rounds, count = max(rounds, this_round), 2 * count
            if faults:
                run.case = min(faults, key=self.order.index)
                run.fault = faults[run.case]
                break
        return rounds

    def _one_by_one(self, worker, sgd, seconds):
        run = Run(answers=[[]])
        answer = self._asking(worker, seconds, run.answers[0])
        run.fault = self.judged(self.cases[0], self.known[0], answer, sgd)
        for value in run.answers[0]:
            if type(value) is dict and "plain" in value:
                run.extra = {"seconds": value["seconds"], "plain": value["plain"]}
        return run

    def _asking(self, worker, seconds, answers=None):
        def answer(probe, args):
            before = worker.cpu()
            (value,) = worker.ask(self.function, [(probe, args)], seconds)
            if probe == "clock" and type(value) is dict:
                value["outside"] = worker.cpu() - before
            if answers is not None:
                answers.append(value)
            return value

        return answer

    def example(
        self, run: Run, worker, sgd: str, tries: int, known: dict | None = None
    ) -> tuple[dict, Fault, int]:
        """A small case that fails, how, and the tries left.

        That of the same mistake (known), or of the same answers before, where it fails here as well;
        else the smallest that is found.
        """
        before = [(known, tries)] if known is not None else []
        if (run.key, tries) in self.examples:
            before.append(self.examples[run.key, tries])
        for case, left in before if self._may_shrink(run, tries) else ():
            try:
                fault = self.judged(case, {}, self._asking(worker, CHECK_SECONDS), sgd)
            except Ended:
                return self.cases[run.case], run.fault, 0
            if isinstance(fault, Fault):
                return case, fault, left
        case, fault, left = self.smallest(run, worker, sgd, tries)
        if not worker.end and len(self.examples) < REMEMBERED:
            self.examples[run.key, tries] = case, left
        return case, fault, left

    def _may_shrink(self, run, tries):
        return run.case != self.order[0] and tries and run.fault.outcome is not Outcome.GRADER_ERROR

    def smallest(self, run: Run, worker, sgd: str, tries: int) -> tuple[dict, Fault, int]:
        """The smallest case found that fails, how, and the tries left."""
        best, left = (self.cases[run.case], run.fault), tries
        if not self._may_shrink(run, tries):
            return *best, left
        answer = self._asking(worker, CHECK_SECONDS)

        def fails(case):
            nonlocal best, left
            left -= 1
            fault = self.judged(case, {}, answer, sgd)
            if isinstance(fault, Fault) and size(case) <= size(best[0]):
                best = case, fault
            return isinstance(fault, Fault)

        try:
            self.shrinker.shrink(fails, tries)
        except Ended:  # some case ended the worker: what was found before stands, and nobody looks further
            left = 0
        return *best, left

    def which(self, new_worker, sgd: str, seconds: float) -> str:
        """The case at which a worker ends, in words; found by asking one by one in a fresh one.

        In no more time than all cases had: where each is only slow, none is to blame.
        """
        if self.check.given is None:
            return ""
        case = None
        try:
            with new_worker() as worker:
                start = worker.cpu()
                for case, known in zip(self.cases, self.known):
                    left = seconds - (worker.cpu() - start)
                    if left < seconds / 2:
                        return ""
                    self.judged(case, known, self._asking(worker, left), sgd)
        except Ended:
            return words(case) if case is not None else ""
        return ""


def _nothing(probe, args):
    raise Question(probe, args)


def _given(answers):
    left = iter(answers)

    def answer(probe, args):
        for value in left:
            return value
        raise Question(probe, args)

    return answer


def _copied(case):
    return {k: v.clone() if isinstance(v, torch.Tensor) else v for k, v in case.items()}


def size(case: dict) -> float:
    """How much there is to read in a case: elements, then the size of the numbers."""
    total = 0.0
    for value in case.values():
        if isinstance(value, torch.Tensor):
            total += (
                2 * value.numel()
                + float(value.abs().double().mean() > 0)
                + float(torch.log2(value.abs().double() + 1).sum())
            )
        elif isinstance(value, int | float):
            total += min(abs(value), 1000) / 1000
    return total


def words(case: dict) -> str:
    """A case as the student reads it, without what only the judge needs."""
    return ", ".join(f"{k} = {shown(v)}" for k, v in case.items() if k not in ("number", "order"))


def cleaned(message: str) -> str:
    """A message that is the same in every run and on every machine: no addresses, no folders.

    A worker's message is the student's to write, so it is cut to a line or two.
    """
    message = re.sub(r"0x[0-9a-fA-F]{4,}", "0x…", message[:2000])
    message = re.sub(r"(?:/[\w.+~-]+){2,}/(?=[\w.+-])", "…/", message)
    message = re.sub(r"\s*\n\s*", " ", message).strip()
    message = "".join(c if c.isprintable() else "?" for c in message)
    return message if len(message) <= 400 else message[:399] + "…"


@dataclass(frozen=True)
class Exam:
    """An assignment's cases, drawn once per run: the same bytes for every judge and door."""

    assignment: str
    seed: int
    frames: dict[str, bytes]  # "exercise.check" -> a frame with its cases

    @property
    def hash(self) -> str:
        digest = hashlib.blake2b(digest_size=8)
        for name in sorted(self.frames):
            digest.update(name.encode() + self.frames[name])
        return digest.hexdigest()

    def groups(self, check: Check) -> list[list[dict]]:
        """The cases of a check: its own, or those of each check that it is like."""
        names = check.like or (check.name,)
        return [wire.opened(self.frames[f"{check.exercise}.{name}"]) for name in names]


def draw_exam(assignment: str, exercises: Sequence[Exercise], seed: int) -> Exam:
    """Draw the cases of all checks."""
    frames = {}
    for exercise in exercises:
        for check in exercise.checks:
            if check.like:
                continue  # its cases are those of others
            cases = [{}]
            if check.given is not None:
                number = check_number(check, seed)
                cases = strategies.draw(check.given, check.cases, number)
            frames[f"{exercise.name}.{check.name}"] = wire.pack(cases)
    return Exam(assignment, seed, frames)


def check_number(check: Check, seed: int) -> int:
    """A seed for each check of its own, so that adding one leaves the others' cases."""
    text = f"{seed}/{check.exercise}/{check.name}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=6).digest(), "big")


def same(a: object, b: object) -> bool:
    """Equal answers, up to rounding; of errors only the kind."""
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        return (
            a.shape == b.shape
            and a.dtype == b.dtype
            and (a.equal(b) or torch.allclose(a, b, rtol=1e-4, atol=1e-5, equal_nan=True))
        )
    if type(a) is not type(b):
        return False
    if type(a) is wire.Raised:
        return a.error == b.error and _kind_of(a.message) == _kind_of(b.message)
    if type(a) in (list, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if type(a) is dict:
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if type(a) is float:
        return a == b or abs(a - b) <= 1e-4 * abs(b) + 1e-5
    return bool(a == b)


def _kind_of(message):
    return re.sub(r"\d+", "1", message)


def _made(name: str, make: Callable) -> dict[str, bytes]:
    return make()


class Judge:
    """Judges submissions of one assignment, one after another, each exercise in a worker of its own.

    keep: given a name, makes frames or has them from before, as `kept.kept` does.  options: those of
    `sandbox.Sandbox`.
    """

    def __init__(self, exercises: Sequence[Exercise], exam: Exam, keep: Callable = _made, **options):
        torch.set_num_threads(1)  # two judges on two cores must not fight for them
        self.exercises, self.exam, self.keep, self.options = list(exercises), exam, keep, options
        self.sheets = {
            e.name: [Sheet(c, e.function, exam.groups(c), check_number(c, exam.seed)) for c in e.checks]
            for e in exercises
        }
        self.functions = list(dict.fromkeys(e.function for e in exercises))
        self._sandbox = self._reader = None
        self._known: dict[tuple[str, str], _Known] = {}
        self.named: dict[tuple, Mistake | None] = {}

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox, started when it is first needed, and again after it died."""
        if self._sandbox is None:
            self._sandbox = Sandbox(PRELOAD, frames=self._openings(), **self.options)
        return self._sandbox

    def _openings(self):
        """The first questions of all checks, each once."""
        sheets = [sheet for sheets in self.sheets.values() for sheet in sheets]
        drawn = [sheet for sheet in sheets if sheet.check.given is not None]
        pairs = [pair for sheet in drawn for sgd in ("right", "own") for pair in sheet.opening(sgd)]
        return list(dict.fromkeys(frame for frame, _ in pairs))

    def close(self) -> None:
        """End the sandbox; the next submission starts another."""
        if self._sandbox is not None:
            self._sandbox.close()
        self._sandbox = self._reader = None

    def __enter__(self) -> Judge:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def judge(self, source: Source) -> Report:
        """The report of one submission; whatever happens, there is one."""
        problem = None
        for _ in range(2):  # a sandbox that died is replaced, and the submission tried once more
            try:
                return self._marked(self._report(source))
            except Exception as error:  # ours, whatever it is: the others go on
                problem = error
                self.close()
        return self.failure(source, cleaned(str(problem)))

    def _marked(self, report):
        """The report; with --unsafe it says so, and which walls stood all the same."""
        if not self.options.get("unsafe"):
            return report
        flag = f"graded with --unsafe; walls around this code: {self.sandbox.walls}"
        return replace(report, flags=(*report.flags, flag))

    def failure(self, source: Source, why: str) -> Report:
        """The report of a submission that could not be judged, by no fault of the student's."""
        return self._all(source, Fault(Outcome.GRADER_ERROR, why), time.process_time())

    def _all(self, source, fault, start, notes=()):
        results = [_result(e, c, fault, hint="") for e in self.exercises for c in e.checks]
        return Report(
            id=source.id,
            file=source.file,
            assignment=self.exam.assignment,
            results=tuple(results),
            flags=source.flags,
            notes=tuple(notes),
            seconds=round(time.process_time() - start, 3),
        )

    def _report(self, source):
        start = time.process_time()
        if source.problem:
            fault = Fault(Outcome.MISSING, source.problem)
            return self._all(source, fault, start, [source.problem])
        plan, cpu = self._read(source)
        if plan.get("problem"):
            fault = Fault(Outcome.MISSING, plan["problem"])
            return self._all(source, fault, start, [plan["problem"]])
        if any(COMPILER.search(text) for text in _needed(plan)):
            self.sandbox.warm_up_compiler()
        together, spent = self._together(plan)
        cpu += spent
        results, timings, hung = [], {}, []
        for exercise in self.exercises:
            if exercise.name in together:
                results += [_result(exercise, check, None) for check in exercise.checks]
                continue
            done = {part.name: [r for r in results if r.exercise == part.name] for part in exercise.parts}
            waits = [name for name in hung if name in done]
            if exercise.function == "train" and exercise.name != "train" and waits:
                fault = Fault(Outcome.TIMEOUT, f"not run, since your {waits[0]} ran out of time")
                results += [_result(exercise, c, fault) for c in exercise.checks]
                continue
            trial = _Trial(self, exercise, plan, done)
            results += trial.results()
            cpu += trial.cpu
            timings |= trial.timings
            if any(r.outcome is Outcome.TIMEOUT for r in results if r.exercise == exercise.name):
                hung.append(exercise.name)
        return Report(
            id=source.id,
            file=source.file,
            assignment=self.exam.assignment,
            results=tuple(results),
            flags=source.flags,
            notes=_notes(plan),
            seconds=round(cpu + time.process_time() - start, 3),
            timings=timings,
        )

    def _together(self, plan):
        """The exercises that are right in one worker, one after another, and its CPU seconds.

        Most are, and a worker for each costs more than some of their checks.  What is not right here
        is judged again, alone: no function costs another a point.  An exercise that lends right parts
        is always alone, and so is one whose parts were not right here.
        """
        passed, cpu = set(), 0.0
        sharing = [e for e in self.exercises if not (e.parts and e.lends)]
        shared = {e.name for e in sharing}
        if len(sharing) == 1:
            return passed, cpu
        worker = self.sandbox.worker()
        try:
            for exercise in sharing:
                if any(part.name in shared and part.name not in passed for part in exercise.parts):
                    continue
                loaded = _load(worker, self, exercise, plan, TOGETHER_SECONDS)
                if exercise.function not in loaded["functions"]:
                    continue
                sheets = self.sheets[exercise.name]
                if all(s.run(worker, "right", TOGETHER_SECONDS).fault is None for s in sheets):
                    passed.add(exercise.name)
        except Ended:
            pass
        finally:
            cpu = worker.close()["cpu"]
        return passed, cpu

    def _read(self, source):
        """What the submission holds, read by a worker that never runs any of it."""
        args = READER, "read", source.text, source.suffix, self.functions
        for _ in range(2):
            if self._reader is None or self._reader.end:
                self._reader = self.sandbox.worker()
            before = self._reader.cpu()
            try:
                plan = self._reader.apply(*args, seconds=LOAD_SECONDS)
            except Ended:
                continue
            if type(plan) is dict:
                return plan, self._reader.cpu() - before
        return {"problem": "the file cannot be read as Python: it breaks the reader"}, 0.0

    def known(self, exercise: Exercise, mistake: Mistake) -> _Known:
        """How a known mistake answers; asked when first needed."""
        key = exercise.name, mistake.name
        if key not in self._known:
            self._known[key] = _Known(self, exercise, mistake)
        return self._known[key]


class _Trial:
    """One exercise of one submission: in one worker, or in a fresh one after a death."""

    def __init__(self, judge: Judge, exercise: Exercise, plan: dict, done: dict, wanted=False):
        self.judge, self.exercise, self.plan, self.wanted = judge, exercise, plan, wanted
        self.sheets = judge.sheets[exercise.name]
        self.cpu, self.timings, self.worker, self.loaded = 0.0, {}, None, None
        self.tries = SHRINK_TRIES
        # Its own parts are wrong, and say so with smaller cases than any of this one's.
        lost = any(r.outcome is not Outcome.PASSED for results in done.values() for r in results)
        self.blamed = lost and not exercise.lends
        own = done.get("sgd") or []
        passed = bool(own) and all(r.outcome is Outcome.PASSED for r in own)
        self.sgd = "own" if passed else "right"

    def start(self):
        """A worker with the submission's statements run."""
        self.end()
        worker = self.judge.sandbox.worker()
        try:
            self.loaded = _load(worker, self.judge, self.exercise, self.plan, LOAD_SECONDS)
        except BaseException:
            self.cpu += worker.close()["cpu"]
            raise
        self.worker = worker
        return worker

    def end(self):
        if self.worker is not None:
            self.cpu += self.worker.close()["cpu"]
            self.worker = None

    def runs(self) -> list[Run]:
        """What the submission answers to each check."""
        runs, hangs, dead = [], 0, None
        for sheet in self.sheets:
            if dead:
                runs.append(Run(dead, ended=True))
                continue
            try:
                if self.worker is None or self.worker.end:
                    self.start()
            except Ended as error:
                dead = _fault_of(error, "while its cell was run: ")
                runs.append(Run(dead, ended=True))
                continue
            if self.exercise.function not in self.loaded["functions"]:
                dead = Fault(Outcome.MISSING, self.missing())
                runs.append(Run(dead, ended=True))
                continue
            try:
                run = sheet.run(self.worker, self.sgd, wanted=self.wanted)
                self.timings |= {f"{self.exercise.name}.{k}": v for k, v in run.extra.items()}
                runs.append(run)
            except Ended as error:
                fault = _fault_of(error)
                hangs += fault.outcome is Outcome.TIMEOUT
                runs.append(Run(fault, ended=True))
                if hangs == HANGS:
                    words = "not run, since two checks of this function ran out of time"
                    dead = Fault(Outcome.TIMEOUT, words)
        if self.wanted or not any(run.fault for run in runs):
            self.end()
        return runs

    def results(self) -> list[Result]:
        """A result for each check."""
        try:
            runs = self.runs()
            if all(run.fault == NOT_WRITTEN_FAULT for run in runs):
                return [_result(self.exercise, s.check, NOT_WRITTEN_FAULT) for s in self.sheets]
            named = self.named(runs) if any(run.fault for run in runs) else None
            explained = [s for s in self.sheets if named and s.check.name in named.fails][:1]
            pairs = zip(self.sheets, runs)
            return [self.result(sheet, run, named, sheet in explained) for sheet, run in pairs]
        finally:
            self.end()

    def result(self, sheet, run, named, first):
        """first: whether this is the first check that a mistake's words will stand under."""
        check, fault = sheet.check, run.fault
        if fault is None:
            return _result(self.exercise, check, None)
        mistake = named if named is not None and check.name in named.fails else None
        example = ""
        if run.ended:
            tried = fault.outcome in (Outcome.TIMEOUT, Outcome.CRASHED) and "not run" not in fault.message
            if tried and self.loaded is not None:
                example = sheet.which(self.fresh, self.sgd, CHECK_SECONDS)
        elif (mistake and not first) or self.blamed:
            example = words(sheet.cases[run.case])
        else:
            try:
                if self.worker is None or self.worker.end:
                    self.start()
                known = self.judge.known(self.exercise, mistake).case if mistake else None
                case, fault, self.tries = sheet.example(run, self.worker, self.sgd, self.tries, known)
                example = words(case)
            except Ended:  # it loads no second time: what was seen first stands
                pass
        return _result(self.exercise, check, fault, example, mistake)

    def fresh(self):
        self.end()
        return self.start()

    def named(self, runs):
        """The known mistake that answers as this submission does, in all cases of all checks."""
        failed = {s.check.name for s, run in zip(self.sheets, runs) if run.fault}
        if any(run.ended for run in runs):
            return None
        key = self.exercise.name, frozenset(failed), tuple(run.key for run in runs)
        if key in self.judge.named:  # others have answered the same
            return self.judge.named[key]
        try:
            named = self._named(runs, failed)
        except (Ended, LookupError, TypeError, ValueError, AttributeError, RuntimeError):
            return None  # answers of a kind that no known mistake gives
        # Without a key the answers are not the same each time: those of a clock.
        if all(run.key for run in runs) and len(self.judge.named) < REMEMBERED:
            self.judge.named[key] = named
        return named

    def _named(self, runs, failed):
        seen = None
        for mistake in self.exercise.mistakes:
            if mistake.fails != failed:
                continue
            known = self.judge.known(self.exercise, mistake)
            if seen is None:
                seen = [self.view(sheet, run) for sheet, run in zip(self.sheets, runs)]
            if all(map(same, seen, known.views)):
                return mistake
        return None

    def view(self, sheet, run):
        if run.answers is None:  # remembered: ask again for the answers themselves
            if self.worker is None or self.worker.end:
                self.start()
            run.answers = sheet.run(self.worker, self.sgd, wanted=True).answers
        return sheet.check.view(
            [answers[:1] for answers in run.answers] if sheet.check.given is not None else run.answers
        )

    def missing(self) -> str:
        """Why there is no such function: where it was lost, or a name that is near."""
        name = self.exercise.function
        for place, line, kind, message, *defined in [*self.loaded_faults(), *self.plan["faults"]]:
            if defined and defined[0] == name:
                return cleaned(f"{_where(place, line)} defines {name}, but cannot be read: {kind}: {message}")
        source = {(p, n): s for p, n, s in self.plan["statements"]}
        for place, line, kind, message in self.loaded_faults():
            if re.search(rf"\b{name}\b", source.get((place, line), "")):
                return cleaned(f"{_where(place, line)} defines {name}, but fails: {kind}: {message}")
        near = difflib.get_close_matches(name, self.plan["names"], n=1, cutoff=0.6)
        hint = f"; did you mean `{near[0]}`?" if near and near[0] not in self.judge.functions else ""
        return f"there is no function `{name}` in the file{hint}"

    def loaded_faults(self):
        return self.loaded["faults"] if self.loaded else []


class _Known:
    """How a known mistake answers all checks of its exercise, and the smallest case that shows it.

    case: of the check that its words stand under.
    """

    def __init__(self, judge: Judge, exercise: Exercise, mistake: Mistake):
        name = f"{judge.exam.hash}-{exercise.name}.{mistake.name}"
        frames = judge.keep(name, lambda: _asked(judge, exercise, mistake))
        self.views, self.case = (wire.opened(frames[name]) for name in ("views", "case"))


def _asked(judge, exercise, mistake):
    """The views and the case of a known mistake, as frames: it is judged as a submission is.

    Raises Ended where its worker ends: the machine is to blame then, and the next run asks again.
    """
    # The right answers of all exercises, then this source.
    text = "import torch\n" + "".join(e.source for e in judge.exercises) + mistake.source
    plan, _ = judge._read(Source("", "", text))
    trial = _Trial(judge, exercise, plan, {}, wanted=True)
    runs = trial.runs()
    lost = Ended("crashed", f"the known mistake {mistake.name} ended its process")
    if any(run.ended for run in runs):
        raise lost
    views = [trial.view(sheet, run) for sheet, run in zip(trial.sheets, runs)]
    sheet, run = next(pair for pair in zip(trial.sheets, runs) if pair[0].check.name in mistake.fails)
    case = None
    if run.fault is not None:
        with trial.start() as worker:
            case, *_ = sheet.smallest(run, worker, trial.sgd, trial.tries)
            if worker.end:
                raise lost
    return {"views": wire.pack(views), "case": wire.pack(case)}


def _needed(plan):
    """The statements that some function needs."""
    numbers = {number for needed in plan["needs"].values() for number in needed}
    return [plan["statements"][number][-1] for number in numbers]


def _load(worker, judge, exercise, plan, seconds):
    """Run the statements that an exercise needs; which functions there are, and what failed."""
    statements = [plan["statements"][i] for i in plan["needs"].get(exercise.function, [])]
    parts = {}
    for part in exercise.parts:
        if part.function != exercise.function:
            # Where all parts are the student's own, no right one may be there to be found.
            parts[part.function] = part.source if exercise.lends else ""
    loaded = worker.load(statements, judge.functions, parts, seconds)
    if not _is_loaded(loaded):
        raise worker.broken("its statements did not load")
    return loaded


def _is_loaded(value):
    """Whether this is what `loading.Space.load` gives: a worker may say anything in its place."""
    if type(value) is not dict or value.keys() != {"faults", "functions"}:
        return False
    functions, faults = value["functions"], value["faults"]
    return (
        type(functions) is list
        and all(type(name) is str for name in functions)
        and type(faults) is list
        and all(type(f) is list and list(map(type, f)) == [str, int, str, str] for f in faults)
    )


def _where(place, line):
    return f"{place}, line {line}" if place != "file" else f"line {line}"


def _fault_of(error: Ended, prefix: str = "") -> Fault:
    outcomes = {"timeout": Outcome.TIMEOUT, "crashed": Outcome.CRASHED}
    return Fault(outcomes.get(error.kind, Outcome.ERROR), cleaned(prefix + error.message))


def _result(exercise, check, fault, example="", mistake=None, hint=None):
    earned = check.points if fault is None else 0
    return Result(
        exercise=exercise.name,
        check=check.name,
        title=check.title,
        points=check.points,
        earned=earned,
        outcome=Outcome.PASSED if fault is None else fault.outcome,
        message="" if fault is None else fault.message,
        example=example,
        mistake=mistake.name if mistake else "",
        says=mistake.says if mistake else "",
        hint=_hint(check, fault) if hint is None else hint,
    )


def _hint(check, fault):
    """A hint where a check was tried, and says more than the fault does."""
    if (
        fault is None
        or fault == NOT_WRITTEN_FAULT
        or fault.outcome in (Outcome.MISSING, Outcome.GRADER_ERROR)
    ):
        return ""
    return "" if fault.message.startswith("not run") else check.hint


def _notes(plan):
    """What of the file could not be read, for the student."""
    return tuple(
        cleaned(f"{_where(place, line)} could not be read: {message}")
        for place, line, _, message, _ in plan["faults"][:5]
    )
