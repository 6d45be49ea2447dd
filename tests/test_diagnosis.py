"""What a student reads where something is wrong: each cause once, by its name, and where it stands."""

from __future__ import annotations

import pytest
import torch

from autograder import exercises
from autograder.authoring import expect
from autograder.intake.submission import Submission
from autograder.judging import signatures
from autograder.reporting.text import cards, text
from autograder.results import Outcome

NAME = "linear_regression"
RIGHT = {e.function: e.right_source for e in exercises.of(NAME)}
SIGNATURE = "w, b, features, labels, lr, num_epochs, batch_size"
LOOP = f"""
def train({SIGNATURE}):
    losses = []
    for epoch in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
            w.grad = b.grad = None
        with torch.no_grad():
            losses.append(float(squared_loss(linreg(features, w, b), labels).mean()))
    return losses
"""
ONCE = LOOP.replace(
    "    for epoch", "    batches = data_iter(batch_size, features, labels)\n    for epoch"
).replace("in data_iter(batch_size, features, labels):", "in batches:")


@pytest.fixture(scope="module")
def report(judges):
    """Judges the right answers with these sources in the place of some of them."""

    def judged(head="", **own):
        source = "import torch\n" + head + "".join(own.get(name, right) for name, right in RIGHT.items())
        return judges[NAME].judge(Submission("ada", "ada.py", source))

    return judged


def of(report, exercise):
    """An exercise's results."""
    return [result for result in report.results if result.exercise == exercise]


def lost(report):
    """The exercises that lost points, end_to_end aside."""
    return {r.exercise for r in report.results if r.earned < r.points} - {"end_to_end"}


# A signature that differs.


@pytest.mark.parametrize(
    ("function", "source", "own"),
    [
        (
            "data_iter",
            "def data_iter(features, labels, batch_size):\n    yield features[:batch_size], labels\n",
            "features, labels, batch_size",
        ),
        ("sgd", "def sgd(params, lr):\n    for p in params:\n        p.data -= lr * p.grad\n", "params, lr"),
        (
            "data_iter",
            "def data_iter(dataset, batch_size, shuffle=True):\n"
            "    return torch.utils.data.DataLoader(dataset, batch_size, shuffle=shuffle)\n",
            "dataset, batch_size, shuffle",
        ),
    ],
)
def test_a_signature_that_differs_is_said_once(report, function, source, own):
    """In place of an error or a value for each check; no hint and no mistake stands beside it."""
    results = of(report(**{function: source}), function)

    asked = {"data_iter": "batch_size, features, labels", "sgd": "params, lr, batch_size"}
    want = f"`{function}` is called as ({asked[function]}), but yours takes ({own})"
    held = Outcome.PASSED, Outcome.FOLLOWED
    assert {want} == {r.message for r in results if r.outcome not in held}
    assert 1 == len([card for card in cards(results) if card.result.outcome not in held])
    assert {""} == {r.hint + r.says for r in results if r.outcome not in held}


def test_a_part_s_own_order_costs_a_right_loop_nothing(report):
    """Whether the loop calls it as the stub says, or as the student's own takes them."""
    swapped = "def linreg(w, X, b):\n    return torch.mm(X, w) + b\n"
    as_the_stub_says = report(linreg=swapped, train=LOOP)
    as_it_takes = report(
        linreg=swapped,
        train=LOOP.replace("(X, w, b)", "(w, X, b)").replace("(features, w, b)", "(w, features, b)"),
    )

    assert {"linreg"} == lost(as_the_stub_says) == lost(as_it_takes)


def test_few_names_that_agree_are_said_with_what_was_raised(report):
    """Where it speaks of a kind of argument; it may be of the body all the same, so it stands there too."""
    source = (
        "def sgd(params, states, hyperparams):\n"
        "    for p in params:\n        p.data.sub_(hyperparams['lr'] * p.grad)\n"
    )
    results = of(report(sgd=source), "sgd")

    assert 1 == len({r.message for r in results})
    said, _, raised = results[0].message.partition("; your code ")
    assert (
        "`sgd` is called as (params, lr, batch_size), but yours takes (params, states, hyperparams)" == said
    )
    assert raised.startswith("raised TypeError: 'int' object is not subscriptable (in `sgd`, line 3")
    assert {""} == {r.hint for r in results}


@pytest.mark.parametrize(
    "source",
    [
        "def squared_loss(yhat, y_true):\n    return yhat + 'a'\n",
        "def squared_loss(prediction, target):\n    return prediction - target - 1\n",
    ],
)
def test_other_names_alone_explain_nothing(report, source):
    """Neither where the body raises something of its own, nor where it gives another value."""
    results = of(report(squared_loss=source), "squared_loss")

    assert not any("is called as" in r.message for r in results)


def test_a_signature_is_not_said_again_of_all_together(report):
    """`end_to_end` runs the same function: it says where to look."""
    other = LOOP.replace(SIGNATURE, "features, labels, w, b, lr, num_epochs, batch_size")
    found = report(train=other)

    assert {"train"} == lost(found)
    assert 1 == text(found).count("is called as")
    want = "Your `train` takes other parameters than its calls pass. See the checks of `train`."
    assert {want} == {r.message for r in of(found, "end_to_end")}


def test_a_misspelt_parameter_beside_a_global_is_said(report):
    """A notebook's global hides it.  A parameter that is read has its author's own name."""
    want = "`linreg` never uses its parameter `bb` and reads `b` from outside. Rename the parameter to `b`."
    for body, is_said in (("return X @ w + b", True), ("b = bb\n    return X @ w + 2 * b", False)):
        found = report(head="b = torch.zeros(1)\n", linreg=f"def linreg(X, w, bb):\n    {body}\n")
        assert is_said == (want in {r.says for r in found.results} | {r.message for r in found.results})
        assert is_said == ("from outside" in text(found))


# Near names.


@pytest.mark.parametrize(
    ("function", "near", "others"),
    [
        (
            "sgd",
            "SGD my_sgd sgd2 sgd_step stochastic_gradient_descent",
            "sigmoid std seed adam s _ grad " + "x" * 1000,
        ),
        ("linreg", "lin_reg linearReg linear_regression LinearRegression", "regression plot_line list"),
        ("squared_loss", "squaredLoss sq_loss SquaredLoss", "sum_all show_loss_curve synthetic_data"),
        ("train", "Train trainer train_ch3 training", "brain test transform evaluate"),
        ("data_iter", "dataIter data_iterator get_data_iter", ""),
    ],
)
def test_other_spellings_are_near_and_what_only_sounds_alike_is_not(function, near, others):
    """In capitals, in more words or in fewer; nobody is asked whether they meant `sigmoid` by sgd."""
    assert near.split() == [name for name in near.split() if signatures.is_near(function, name)]
    assert [] == [
        n for n in others.split() if signatures.is_near(function, n) or signatures.resembles(function, n)
    ]


# Earlier calls.


STATE = [
    (
        "sgd",
        "opt = None\n",
        "def sgd(params, lr, batch_size):\n    global opt\n    if opt is None:\n"
        "        opt = torch.optim.SGD(params, lr=lr / batch_size)\n    opt.step()\n",
    ),
    (
        "data_iter",
        "at = 0\n",
        "def data_iter(batch_size, features, labels):\n    global at\n"
        "    rows = torch.randperm(len(labels))\n"
        "    while at < len(labels):\n        batch = rows[at : at + batch_size]\n"
        "        at += batch_size\n        yield features[batch], labels[batch]\n",
    ),
]


@pytest.mark.parametrize(("function", "head", "source"), STATE, ids=[name for name, *_ in STATE])
def test_what_lies_in_an_earlier_call_is_shown_with_that_call(report, function, head, source):
    """An optimiser that is kept, a place in a global: a single call would be right."""
    first = next(r for r in of(report(head=head, **{function: source}), function) if r.earned < r.points)

    assert first.message.startswith("the first call is right, but the next one is not: ")
    assert 2 == first.code.count(f"{function}(")
    assert "; then " in first.example


# Hints.


def test_carried_forward_is_said_where_the_claim_holds_then(report):
    """Of a value that is off; what fails in another way fails by the same mistake.  No hint stands there."""
    for old, new, words in (
        ("/ 2", "/ 1", "graded as if that mistake were right (error carried forward)"),
        (
            "error**2 / 2",
            "(error**2 / 2).sum()",
            "not graded separately because of that mistake; no points lost",
        ),
    ):
        results = of(report(squared_loss=RIGHT["squared_loss"].replace(old, new)), "squared_loss")
        assert {words} == {r.message for r in results if r.outcome is Outcome.FOLLOWED}
        assert {""} == {r.hint for r in results}
        assert any(r.says for r in results)


# Passes.


@pytest.mark.parametrize(
    "data_iter",
    [
        RIGHT["data_iter"],
        "def data_iter(batch_size, features, labels):\n    rows = torch.randperm(len(features))\n"
        "    return [(features[r], labels[r]) for r in rows.split(batch_size)]\n",
    ],
    ids=["a generator", "a list"],
)
def test_a_pass_that_is_made_once_is_used_up(report, data_iter):
    """A generator is at its end after an epoch, and a list is never shuffled again."""
    found = report(data_iter=data_iter, train=ONCE)

    assert {"train"} == lost(found)
    outcomes = {r.check: r.outcome for r in of(found, "train")}
    assert "failed" == outcomes["trains_for_all_epochs"]


def test_a_loop_may_change_the_batch_that_it_was_given(report):
    """The next epoch's batches are new tensors."""
    changes = LOOP.replace(
        "            squared", "            X, y = X.clone(), y.clone().mul_(1)\n            squared"
    )
    in_place = LOOP.replace(
        "            w.grad = b.grad = None\n", "            w.grad = b.grad = None\n            X.zero_()\n"
    )

    assert 30 == report(train=changes).score
    assert 6 == sum(r.earned for r in of(report(train=in_place), "train"))


# One cause, one card.


def test_checks_that_fail_by_one_cause_are_one_card(report):
    """With the others named below, and no hint that does not fit what was seen."""
    found = report(sgd="def sgd(params, lr, batch_size):\n    raise KeyError('p')\n")
    shown = cards(of(found, "sgd"))

    assert 1 == len(shown)
    assert 4 == len(shown[0].with_it)
    said = "your code raised KeyError: 'p' (in `sgd`, line 2: `raise KeyError('p')`)"
    assert (said, "") == (shown[0].result.message, shown[0].result.hint)
    assert 1 == text(found).partition("sgd: ")[2].partition("\n\n")[0].count("raised KeyError")


def test_what_holds_is_not_shown_as_broken(report):
    """A value that is off says nothing of inputs that were changed, or of gradients."""
    found = report(
        squared_loss="def squared_loss(y_hat, y):\n    return 0.7 * (y_hat - y.reshape(y_hat.shape)) ** 2\n"
    )
    (card,) = [card for card in cards(of(found, "squared_loss")) if card.result.earned == 0]

    assert "is half the squared error of each example" == card.result.title
    assert ["keeps_examples_apart", "leaves_its_inputs_alone", "has_its_gradient"] == [
        r.check for r in card.with_it
    ]


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        (
            "if len(y) > 2: return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2",
            "A function without `return` returns None.",
        ),
        ("return float(y_hat.sum())", "What type of value does your last operation give? Tensor operations"),
        ("return y_hat.shape(0)", "You call something that is not a function"),
        ("return undefined", "This name is not defined when the function runs."),
    ],
)
def test_a_hint_fits_what_was_seen(report, body, hint):
    """None, another kind, another dtype and an exception have hints of their own, or none."""
    found = report(squared_loss=f"def squared_loss(y_hat, y):\n    {body}\n")
    first = of(found, "squared_loss")[0]

    assert first.hint.startswith(hint)
    assert bool(hint) == bool(first.hint)


# Where.


@pytest.mark.parametrize(
    ("source", "place"),
    [
        (
            "def sgd(params, lr, batch_size):\n    # a comment\n    return 1 / 0\n",
            "in `sgd`, line 3: `return 1 / 0`",
        ),
        (
            "def help():\n    return 1 / 0\ndef sgd(p, lr, n):\n    help()\n",
            "in `help`, line 2: `return 1 / 0`",
        ),
        ("sgd = lambda p, lr, n: 1 / 0\n", "in a lambda: `sgd = lambda p, lr, n: 1 / 0`"),
    ],
)
def test_an_exception_is_quoted_with_its_line(report, source, place):
    """Counted in the function, however far below it stands in the file."""
    message = of(report(sgd=source), "sgd")[0].message

    assert f"your code raised ZeroDivisionError: division by zero ({place})" == message


def test_a_name_that_was_lost_says_by_what(report):
    """A statement that failed explains the NameError that comes of it."""
    found = report(head="half = 1 / 0\n", linreg="def linreg(X, w, b):\n    return half * X\n")

    want = "`half` is not defined, because line 2 failed: ZeroDivisionError: division by zero"
    assert {want} == {r.message for r in of(found, "linreg")}


# Not written.


def test_a_body_that_still_ends_in_the_raise_says_so(report):
    """It is written: the line is to be deleted."""
    source = "def linreg(X, w, b):\n    y = X @ w + b\n    raise NotImplementedError('linreg')\n"
    found = of(report(linreg=source), "linreg")

    want = "Your function still raises NotImplementedError. Delete the line `raise NotImplementedError(...)`."
    assert {(want, "")} == {(r.message, r.hint) for r in found}


def test_all_together_says_which_function_is_missing(report):
    """Not written, or not there."""
    stub = report(linreg="def linreg(X, w, b):\n    raise NotImplementedError('linreg')\n")
    none = report(linreg="x = 1\n")

    assert {"Your `linreg` is not attempted yet. Write it first."} == {
        r.message for r in of(stub, "end_to_end")
    }
    want = "`linreg` is not defined, but `train` calls it. Define it first."
    assert {want} == {r.message for r in of(none, "end_to_end")}


# Numbers.


@pytest.mark.parametrize(("want", "got"), [(1.609438, 1.6094385), (1e-7, 1.1e-7)])
def test_numbers_that_differ_are_shown_so(want, got):
    """In as many digits as it takes."""
    a, b = expect.told_apart(torch.tensor(want), torch.tensor(got))

    assert a != b
