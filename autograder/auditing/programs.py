"""The programs of an audit: the reference, stubs, lazy answers, known mistakes, other styles, and mutants.

Also the verdict on each, as frozen data.
"""

import difflib
import hashlib
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from autograder.auditing.mutants import halves, mutants
from autograder.auditing.styles import styles
from autograder.authoring.checks import MISS, cases_for
from autograder.authoring.exercise import Exercise, right_answers
from autograder.errors import N_, DeclarationError
from autograder.intake.submission import Submission, open_submission
from autograder.judging import gate
from autograder.judging.judge import Judge

# What a lazy answer returns, without looking at its arguments.
LAZY = {
    "raises": "raise ValueError('no')",
    "passes": "pass",
    "returns_none": "return None",
    "returns_first": "return args[0]",
    "returns_second": "return args[1]",
    "returns_last": "return args[-1]",
    "zero": "return 0.0",
    "zeros": "return torch.zeros(args[0].shape if hasattr(args[0], 'shape') else 1)",
    "ones": "return torch.ones(args[0].shape if hasattr(args[0], 'shape') else 1)",
    "zeros_of_second": "return torch.zeros(args[1].shape if hasattr(args[1], 'shape') else 1)",
    "empty_list": "return []",
    "a_pair": "return [(args[1], args[2])]",
    "nan": "return torch.full((1,), float('nan'))",
}
REFERENCE = "the reference"
RIGHT_SORTS = "reference", "right"  # somebody calls these right, and all others but mutants wrong
WRONG = re.compile(r"# wrong: (\w+)")  # in the first line of a wrong answer: the name of its exercise
NO_ANSWER = N_(
    "{where} answers no exercise (its first line: `{first}`). Define one of the functions, and "
    "start a wrong answer with `# wrong: NAME:`."
)
STYLES = 6  # other right answers that mutants of an exercise are made of


@dataclass(frozen=True)
class Program:
    """A submission whose answer to one exercise is looked at.

    sort: "reference", "stub", "lazy", "half" (it lacks an idea), "mistake" (a known one), "right" or "wrong"
    (of an answer's file), or "mutant".  origin: its name, or what it was made from.  before: of a mutant, the
    text without its change, in the same form.
    """

    assignment: str
    exercise: str
    sort: str
    origin: str
    text: str
    suffix: str = ".py"
    before: str = ""

    @property
    def diff(self) -> str:
        """The lines that were changed in a mutant, each with its sign; "" for anything else."""
        lines = difflib.unified_diff(self.before.splitlines(), self.text.splitlines(), lineterm="", n=0)
        changed = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
        return "\n".join(changed) if self.before else ""

    @property
    def id(self) -> str:
        """A name that depends on the text alone."""
        digest = hashlib.blake2b(self.text.encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()
        return f"{self.exercise}-{digest}"

    @property
    def submission(self) -> Submission:
        return Submission(self.id, self.origin, self.text, self.suffix)


@dataclass(frozen=True)
class Verdict:
    """The verdicts of the oracle and of the checks on a program.

    witness: how it is wrong, or "" if the oracle finds nothing.  lost: for each failed check, the share of
    its drawn cases that show the fault; 1 if they were not counted, or the worker ended.  named: the known
    mistake with the same answers.  others: for a known mistake, the other exercises that lose points.
    seeds: seeds of other courses for which the checks decide differently.  red: the visible self-check's
    objection to a program that the checks accept.  slip: whether a lazy or half answer gains points, since
    one change that adds to it makes it right, or only its value is off.  why: how a right answer fails, and
    with which input.  is_random: whether answers change from call to call; then shares are of all seeds.
    """

    program: Program
    witness: str
    lost: dict[str, float] = field(default_factory=dict)
    named: str = ""
    others: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    red: str = ""
    slip: bool = False
    why: str = ""
    is_random: bool = False

    @property
    def is_wrong(self) -> bool:
        """As its author said, or else as the oracle finds."""
        sort = self.program.sort
        return bool(self.witness) if sort == "mutant" else sort not in RIGHT_SORTS

    @property
    def kind(self) -> str:
        """One of the four fields of a confusion matrix."""
        return f"{'wrong' if self.is_wrong else 'right'} {'rejected' if self.lost else 'accepted'}"


def known(exercises: Sequence[Exercise], folder: Path) -> Iterator[Program]:
    """Yield all programs that an author called right or wrong.

    folder: may have `right_answers/<assignment>/` and `wrong_answers/<assignment>/`.  Raises DeclarationError
    for a file that answers none of the exercises.
    """
    assignment = exercises[0].assignment
    reference, stub = gate.reference(assignment), gate.stub(assignment)
    rights = {exercise.name: right_answers([*exercise.parts, exercise]) for exercise in exercises}
    for exercise in exercises:
        own, right = (assignment, exercise.name), rights[exercise.name]
        yield Program(*own, "reference", REFERENCE, reference.text, reference.suffix)
        yield Program(*own, "stub", "the stub", stub.text, stub.suffix)
        for name, body in LAZY.items():
            text = f"{right}def {exercise.function}(*args):\n    {body}\n"
            yield Program(*own, "lazy", f"lazy: {name}", text)
        for name in exercise.parameters if exercise.function == exercise.name else ():
            text = f"{right}def {exercise.function}({', '.join(exercise.parameters)}):\n    return {name}\n"
            yield Program(*own, "half", f"lazy: returns {name}", text)
        if exercise.function == exercise.name:
            for number, text in enumerate(halves(right, exercise.function), start=1):
                yield Program(*own, "half", f"half answer {number}", text, before=right)
        for mistake in exercise.mistakes:
            yield Program(*own, "mistake", mistake.name, right + mistake.source)
    for sort in ("right", "wrong"):
        for path in _answers(folder, sort, assignment):
            found = open_submission(path, path.name)
            named = WRONG.search(found.text)
            code = WRONG.sub("", found.text, count=1)
            tried = [e for e in exercises if re.search(rf"\b{e.function}\b", code)]
            if sort == "wrong":
                tried = [e for e in tried if named and e.name == named[1]]
            if not tried:
                where = path.relative_to(folder).as_posix()
                raise DeclarationError(NO_ANSWER, where, first=found.text.partition("\n")[0])
            for e in tried:  # which parts it may lack
                text = (rights[e.name] if found.suffix == ".py" else "") + found.text
                yield Program(assignment, e.name, sort, path.name, text, found.suffix)


def _answers(folder: Path, sort: str, assignment: str) -> list[Path]:
    paths = (folder / f"{sort}_answers" / assignment).glob("*")
    return sorted(path for path in paths if path.suffix in (".py", ".ipynb"))


def mutated(judge: Judge, exercise: Exercise, count: int, folder: Path) -> list[Program]:
    """`count` mutants, or all: half of the reference, half of other right answers; always the same."""
    if exercise.function != exercise.name:
        return []  # it has no function of its own
    paths = _answers(folder, "right", exercise.assignment)
    paths = Random(exercise.name).sample(paths, min(STYLES, len(paths)))
    own = _mutants(judge, exercise, [gate.reference(exercise.assignment)])
    other = _mutants(judge, exercise, [open_submission(path, path.name) for path in paths])
    own = own[: max(count - len(other), (count + 1) // 2)]
    return [*{program.id: program for program in [*own, *other]}.values()][:count]


def _mutants(judge: Judge, exercise: Exercise, sources: Sequence[Submission]) -> list[Program]:
    found = [*_changed(judge, exercise, sources, mutants, "mutant")]
    found.sort(key=lambda program: program.id)
    Random(0).shuffle(found)
    return found


def styled(judge: Judge, exercise: Exercise) -> list[Program]:
    """Return the reference as other people write it: right answers that the author need not write."""
    if exercise.function != exercise.name:
        return []
    return [*_changed(judge, exercise, [gate.reference(exercise.assignment)], styles, "right")]


def _changed(
    judge: Judge,
    exercise: Exercise,
    sources: Sequence[Submission],
    make: Callable[[str, str], tuple[str, list[str]]],
    sort: str,
) -> Iterator[Program]:
    """Yield what is made of the exercise's function in these sources."""
    for source in sources:
        parsed, _ = judge.parse(source)
        text = "\n".join(statement.source for statement in parsed.needed(exercise.function))
        try:
            before, made = make(text, exercise.function)
        except (ValueError, SyntaxError):
            continue  # a class, a lambda or an alias: no function to change
        names = exercise.assignment, exercise.name, sort, source.id
        yield from (Program(*names, one, ".py", before) for one in made)


def thin_checks(looked: Sequence[Verdict], drawn: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Yield a sentence for each check that draws too few cases.  drawn: how many, by exercise and check.

    A check must find the mutants that no other check shows in more of its cases.  The rarest of them decides
    how many cases it needs, with a margin for a share that chance made too small.
    """
    for exercise, checks in drawn.items():
        mutants = [one for one in looked if one.program.exercise == exercise and one.program.sort == "mutant"]
        # A share of 0: an edge case shows it, and so does every run.
        lost = [one.lost for one in mutants if one.is_wrong and all(one.lost.values())]
        random = [one.lost for one in looked if one.is_random and one.program.sort == "mistake"]
        for name, count in checks.items():
            best = [some[name] for some in random if some.get(name)]  # each stated check must find it
            best += [some[name] for some in lost if some.get(name) == max(some.values(), default=0)]
            share = min(best, default=1.0)
            seen = share * count
            likely = min(1.0, (seen + 2 * math.sqrt(seen) + 2) / max(count, 1))
            if count and (1 - likely) ** count > MISS:
                yield (
                    f"{exercise}.{name} draws {count} cases, but a wrong answer that {share:.1%} reveal "
                    f"needs {cases_for(share)}. Set detection_rate={share:.2g}, or add an edge case."
                )
