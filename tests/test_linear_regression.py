"""Linear regression: the doubles of its parts, and the fair ways to run `train`."""

import pytest
import torch
from warm import beside, space_of

from autograder import exercises
from autograder.exercises.linear_regression.data_iter_doubles import recorded
from autograder.intake.submission import Submission
from autograder.judging.judge import Judge

NAME = "linear_regression"
ALL = {one.name: one for one in exercises.of(NAME)}
TRAIN = ALL["train"]


def trained(source: str, roles: dict, known: dict | None = None, **recordings):
    """What the submission's train gives with these doubles; known: what it was called with."""
    space = space_of(source, TRAIN.double_sources, ["train"])
    space.use(roles, recordings, known)
    return space["train"]()


ORDER = [[2, 0], [1]]
DATA = "import torch\nX, y = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([10.0, 20.0, 30.0])\n"
KNOWN = {
    "features": torch.tensor([[1.0], [2.0], [3.0]]),
    "labels": torch.tensor([10.0, 20.0, 30.0]),
    "batch_size": 2,
}
RECORDED = recorded(ORDER, KNOWN["features"], KNOWN["labels"])


@pytest.mark.parametrize(
    ("loop", "batches"),
    [
        ("[(a, b) for a, b in data_iter(2, X, y)]", [[3, 1], [2]]),
        ("list(data_iter(batch_size=2, features=X, labels=y))", [[3, 1], [2]]),
        ("[batch for i, batch in enumerate(data_iter(1, X, y))]", [[3], [1], [2]]),
        ("list(data_iter(3, 10 * X, 10 * y))", [[30, 10, 20]]),
    ],
)
def test_a_replay_gives_what_it_was_called_with_in_its_order(loop, batches):
    """However the loop reads them: other data come as other batches, and another size cuts them otherwise."""
    source = f"{DATA}def data_iter(*a, **k): return 'own'\ndef train(): return {loop}"
    got = trained(source, {"data_iter": "recorded"}, data_iter=RECORDED)

    assert batches == [X.flatten().tolist() for X, _ in got]
    assert batches == [[label / 10 for label in y.tolist()] for _, y in got]


@pytest.mark.parametrize(
    ("own", "call", "kept"),
    [
        ("def data_iter(batch_size, features, labels): yield 1", "data_iter(2, y, X)", False),
        ("def data_iter(labels, features, batch_size): yield 1", "data_iter(y, X, 2)", True),
        ("def data_iter(x, t, n): yield 1", "data_iter(X, y, 2)", True),
    ],
)
def test_who_swaps_features_and_labels_gets_them_swapped(own, call, kept):
    """By the names of the student's own parameters, where these are the stub's; else by their axes."""
    source = f"{DATA}{own}\ndef train(): return list({call})"
    got = trained(source, {"data_iter": "recorded"}, KNOWN, data_iter=RECORDED)

    assert kept == (got[0][0].dim() == 2)


@pytest.mark.parametrize(
    ("own", "passes", "second"),
    [
        ("def data_iter(*a): yield 1", 1, 0),
        ("def data_iter(*a): return [1]", 1, 2),
        ("def data_iter(*a): return iter([1])", 1, 0),
    ],
)
def test_a_second_pass_over_one_replay_is_what_it_would_be_over_the_own(own, passes, second):
    """Nothing after a generator, the same again after a list, and a new pass where each loop begins one."""
    body = "    it = data_iter(2, X, y)\n    list(it)\n    return len(list(it))"
    space = space_of(f"{DATA}{own}\ndef train():\n{body}", TRAIN.double_sources, ["train"])
    log = space.use({"data_iter": "recorded"}, {"data_iter": RECORDED})
    assert (second, passes) == (space["train"](), len(log["data_iter"]))
    assert {} == space.use({}, {})


LOOP = "    with torch.no_grad():\n        for p in params:\n            p -= lr * p.grad / batch_size\n"


@pytest.mark.parametrize(
    ("own", "left"),
    [
        (f"def sgd(params, lr, batch_size):\n{LOOP}", [2.0]),
        (f"def sgd(params, lr, batch_size):\n{LOOP}            p.grad = None", [0.0]),
        (
            "def sgd(params, lr, batch_size):\n    for p in params:\n        p.oops\n        p.grad.zero_()",
            [0.0],
        ),
        ("", [2.0]),
    ],
    ids=["keeps", "none", "fails, would zero", "missing"],
)
def test_a_right_sgd_leaves_the_gradient_as_the_student_s_does(own, left):
    """A loop need not zero what its sgd zeroes; one that fails is read."""
    source = f"""
{own}

def train():
    p = torch.zeros(1, requires_grad=True)
    p.grad = torch.tensor([2.0])
    sgd([p], 0.5, 2)
    return p.item(), p.grad.tolist()
"""
    assert (-0.5, left) == trained(source, {"sgd": "right"})


def report_on(judge: Judge, text: str):
    return judge.judge(Submission("ada", "ada.py", text))


def test_features_without_bounds_are_no_failure_of_ours(judges):
    """Whoever divides by zero on the way gives infinities: wrong answers, and a report that says so."""
    text = "def data_iter(batch_size, features, labels):\n"
    text += "    for i in range(0, len(features), batch_size):\n"
    text += "        yield features[i:i + batch_size] * float('nan'), labels[i:i + batch_size]\n"
    report = report_on(beside(judges[NAME], [ALL["data_iter"]]), text)
    assert [0] * 6 == [r.earned for r in report.results]
    assert not report.needs_a_person
