"""What a mistake costs in the whole notebook: a told cause once, and nobody gains by a repair."""

import functools

import pytest
from file_helpers import table

from autograder import exercises, sentences
from autograder.intake.submission import Submission
from autograder.results import Outcome

NAME = "linear_regression"
ALL = {e.name: e for e in exercises.load(NAME)}
RIGHT = {e.function: e.right_source for e in ALL.values()}
WORTH = {
    name: sum(check.points for check in exercise.checks)
    for name, exercise in ALL.items()
}

# A function, what stands in it, and what stands there instead; a line more for each further one.
NO_SHUFFLE = "data_iter -> random.shuffle(rows) -> pass"
NO_B = "linreg -> + b -> + 0"
NO_HALF = "squared_loss -> return loss -> return 2 * loss"
POWER = "squared_loss -> **2 -> **3"
NO_DIVISION = "sgd ->  / batch_size -> "
NO_ZERO = "train -> .grad = None -> .grad"
ONE_BATCH = (
    "train -> sgd([w, b], lr, batch_size) -> sgd([w, b], lr, batch_size); break"
)
REBOUND = "sgd -> p -= -> p = p -"
ONE_EPOCH = "train -> range(num_epochs) -> range(1)"
NOT_TOLD = "linreg -> w) + b -> w.cos()) - b.sin()"


@pytest.fixture(scope="module")
def marked(judges):
    """Judges a file; returns what each exercise earned, and the results of end_to_end."""

    @functools.cache
    def judged(source):
        report = judges[NAME].judge(Submission("ada", "ada.py", source))
        earned = dict.fromkeys(ALL, 0.0)
        for result in report.results:
            earned[result.exercise] += result.earned
        last = [r for r in report.results if r.exercise == "end_to_end"]
        return earned, last

    return judged


def text(changes="", **own):
    """The right answers, but for changes as above and for functions of one's own."""
    sources = {**RIGHT, **own}
    for function, old, new in table(changes) if changes else ():
        assert old in sources[function]
        sources[function] = sources[function].replace(old, new)
    return "import random\nimport torch\n\n" + "\n\n".join(sources.values())


@pytest.mark.parametrize(
    "change",
    [
        NO_B,
        pytest.param(POWER, marks=pytest.mark.slow),
        NO_DIVISION,
        REBOUND,
        ONE_BATCH,
        pytest.param(ONE_EPOCH, marks=pytest.mark.slow),
    ],
)
def test_a_told_cause_of_one_function_costs_nothing_elsewhere(marked, change):
    """All together say what to fix, and lose no points."""
    (function, *_) = change.split(" ")
    earned, last = marked(text(change))
    own = "train" if function == "train" else function
    assert {name for name in ALL if earned[name] < WORTH[name]} == {own}
    assert earned[own] >= WORTH[own] / 2
    assert Outcome.CARRIED_FORWARD in {r.outcome for r in last}
    words = f"not decided: fix `{own}` first; no points lost"
    assert words in {sentences.message(r) for r in last}


@pytest.mark.parametrize(
    "changes",
    [
        f"{NO_B}\n{NO_DIVISION}",
        pytest.param(f"{POWER}\n{ONE_BATCH}", marks=pytest.mark.slow),
        NOT_TOLD,
    ],
    ids=["two", "another two", "cause not known"],
)
def test_two_wrong_functions_or_a_cause_that_nobody_knows_cost_what_fails(
    marked, changes
):
    """With the student's own functions, as a student would see it."""
    earned, last = marked(text(changes))
    assert {r.outcome for r in last} <= {Outcome.FAILED, Outcome.ERROR}
    assert earned["end_to_end"] == 0


def test_what_fails_with_the_part_corrected_is_a_cause_of_its_own(marked):
    """A loop whose own checks pass, and that does not learn whatever the part is."""
    needs_b = "def linreg(X, w, b):\n    return X @ w\n"
    own = RIGHT["train"].replace(
        "linreg(", "(lambda X, w, b: 2 * linreg(X, w, b))("
    )
    earned, _ = marked(text(linreg=needs_b, train=own))
    assert earned["end_to_end"] == 0


def test_five_wrong_functions_have_at_most_half_of_the_points(marked):
    """Each loses its first check alone, which has half of its points."""
    changes = (NO_SHUFFLE, NO_B, NO_HALF, NO_DIVISION, ONE_BATCH)
    earned, _ = marked(text("\n".join(changes)))
    assert sum(earned.values()) <= sum(WORTH.values()) / 2
    assert earned["end_to_end"] == 0


STUB = "raise NotImplementedError"
LAZY = "return args[0]"
FIVE = [name for name in ALL if name != "end_to_end"]


def program(right, body):
    """These functions right, the others with this body."""
    others = {
        name: f"def {name}(*args):\n    {body}\n"
        for name in FIVE
        if name not in right
    }
    return text(**others)


UNEARNED = [
    pytest.param(
        right,
        body,
        id=f"{'-'.join(right)}-{body.split(' ')[0]}",
        marks=[] if number in (0, 13) else [pytest.mark.slow],
    )
    for number, (right, body) in enumerate(
        [([name], body) for body in (STUB, LAZY) for name in FIVE]
        + [
            ([other for other in FIVE if other != name], body)
            for body in (STUB, LAZY, "pass", "yield args[1], args[2]")
            for name in FIVE
        ]
    )
]


@pytest.mark.parametrize(("right", "body"), UNEARNED)
def test_a_part_that_does_nothing_is_never_corrected(marked, right, body):
    """What is right has its points, and all together have none."""
    earned, last = marked(program(right, body))
    assert earned["end_to_end"] == 0
    assert Outcome.CARRIED_FORWARD not in {r.outcome for r in last}
    assert {name for name in right if name != "train"} <= {
        name for name in ALL if earned[name] == WORTH[name]
    }
