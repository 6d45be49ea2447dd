"""Classes of any size: right answers in many styles, and wrong ones; none hangs.

Six of ten are right.  The same number gives the same class.  Programs that need input,
files or other packages are left out, because a kernel could not run them.
"""

import re
from itertools import cycle
from pathlib import Path

from autograder import exercises
from autograder.authoring.exercise import right_answers
from autograder.intake.submission import text_of

TESTS = Path(__file__).resolve().parent.parent
ASSIGNMENT = "linear_regression"
EXERCISES = exercises.load(ASSIGNMENT)
POINTS = sum(exercise.points for exercise in EXERCISES)
MIX = (
    "right",
    "wrong",
    "right",
    "right",
    "wrong",
    "right",
    "wrong",
    "right",
    "wrong",
    "right",
)
NEEDS_MORE = re.compile(
    r"never_ends|input\(|open\(|sys\.|(?m:^\s*(?:from|import) (?!torch|numpy|random|math))"
)


def a_class(count):
    """The programs of so many students, by id: right000, wrong001 and so on."""
    answers = {kind: cycle(programs(kind)) for kind in ("right", "wrong")}
    kinds = [MIX[number % len(MIX)] for number in range(count)]
    return {
        f"{kind}{n:03}": next(answers[kind]) for n, kind in enumerate(kinds)
    }


def programs(kind):
    """The answers of a kind, each after right ones to all other exercises.

    They are sorted by mistake, so that neighbors belong to different functions.
    """
    folder = TESTS / f"{kind}_answers" / ASSIGNMENT
    right = right_answers(EXERCISES)
    paths = sorted(
        folder.glob("*.py"), key=lambda path: path.stem.split("__")[::-1]
    )
    texts = [f"# {path.stem}\n{right}\n{text_of(path)}" for path in paths]
    return [text for text in texts if not NEEDS_MORE.search(text)]
