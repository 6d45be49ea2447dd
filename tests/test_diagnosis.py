"""What a student reads where something is wrong: each cause once, by its name, and where it stands."""

from __future__ import annotations

import json

import pytest
import torch

from autograder import exercises
from autograder.authoring import expect
from autograder.intake.submission import Submission
from autograder.judging import gate, signatures, wording
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
        ("linreg", "def linreg(w, X, b):\n    return torch.mm(X, w) + b\n", "w, X, b"),
        ("sgd", "def sgd(params, lr):\n    for p in params:\n        p.data -= lr * p.grad\n", "params, lr"),
    ],
)
def test_a_signature_that_differs_is_said_once(report, function, source, own):
    """In place of an error or a value for each check."""
    results = of(report(**{function: source}), function)

    asked = {
        "data_iter": "batch_size, features, labels",
        "linreg": "X, w, b",
        "sgd": "params, lr, batch_size",
    }
    want = f"`{function}` is called as ({asked[function]}); yours takes ({own})"
    held = Outcome.PASSED, Outcome.FOLLOWED
    assert {want} == {r.message for r in results if r.outcome not in held}
    assert 1 == len([card for card in cards(results) if card.result.outcome not in held])


@pytest.mark.parametrize(
    "source",
    [
        "def squared_loss(guess, label):\n    return (guess - label.view_as(guess)) ** 2 / 2\n",
        "def squared_loss(y_hat, y, half=0.5):\n    return half * (y_hat - y.reshape(y_hat.shape)) ** 2\n",
        "def squared_loss(*args):\n    return (args[0] - args[1].reshape(args[0].shape)) ** 2 / 2\n",
    ],
)
def test_other_names_and_defaults_are_right(report, source):
    """The parameters of a right answer are its author's own."""
    assert 30 == report(squared_loss=source).score


def test_a_part_s_own_order_costs_a_right_loop_nothing(report):
    """Whether the loop calls it as the stub says, or as the student's own takes them."""
    swapped = "def linreg(w, X, b):\n    return torch.mm(X, w) + b\n"
    as_the_stub_says = report(linreg=swapped, train=LOOP)
    as_it_takes = report(
        linreg=swapped,
        train=LOOP.replace("(X, w, b)", "(w, X, b)").replace("(features, w, b)", "(w, features, b)"),
    )

    assert {"linreg"} == lost(as_the_stub_says) == lost(as_it_takes)


@pytest.mark.parametrize(
    ("function", "source", "own"),
    [
        (
            "data_iter",
            "def data_iter(dataset, batch_size, shuffle=True):\n"
            "    return torch.utils.data.DataLoader(dataset, batch_size, shuffle=shuffle)\n",
            "dataset, batch_size, shuffle",
        ),
        (
            "sgd",
            "def sgd(learning_rate, parameters, bs):\n    for p in parameters:\n        p.data -= bs\n",
            "learning_rate, parameters, bs",
        ),
    ],
)
def test_a_known_name_at_another_place_is_said_where_the_count_fits(report, function, source, own):
    """Nothing is said of brackets and of calls, which may all be right."""
    results = of(report(**{function: source}), function)

    assert 1 == len({r.message for r in results})
    assert results[0].message.endswith(f"; yours takes ({own})")
    assert {""} == {r.hint for r in results} | {r.says for r in results}


def test_few_names_that_agree_are_said_with_what_was_raised(report):
    """Where it speaks of a kind of argument; it may be of the body all the same, so it stands there too."""
    source = (
        "def sgd(params, states, hyperparams):\n"
        "    for p in params:\n        p.data.sub_(hyperparams['lr'] * p.grad)\n"
    )
    results = of(report(sgd=source), "sgd")

    assert 1 == len({r.message for r in results})
    said, _, raised = results[0].message.partition("; your code ")
    assert "`sgd` is called as (params, lr, batch_size); yours takes (params, states, hyperparams)" == said
    assert raised.startswith("raised TypeError: 'int' object is not subscriptable (in `sgd`, line 3")
    assert {""} == {r.hint for r in results}


@pytest.mark.parametrize(
    "source",
    [
        "def squared_loss(prediction, target):\n    return prediction.shape(0)\n",
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
    want = "your `train` takes other parameters than it is called with, as its own checks say"
    assert {want} == {r.message for r in of(found, "end_to_end")}


@pytest.mark.parametrize(
    ("head", "function", "source", "name", "other"),
    [
        (
            "b = torch.zeros(1)\n",
            "linreg",
            "def linreg(X, w, bb):\n    return X @ w + b\n",
            "bb",
            "b",
        ),
        (
            "y = torch.ones(3)\n",
            "squared_loss",
            "def squared_loss(y_hat, label):\n    y2 = [y for _ in range(1)][0]\n"
            "    return (y_hat - y2.sum()) ** 2 / 2\n",
            "label",
            "y",
        ),
    ],
)
def test_a_misspelt_parameter_beside_a_global_is_said(report, head, function, source, name, other):
    """A notebook's global hides it; a named mistake says only what comes of it."""
    results = of(report(head=head, **{function: source}), function)

    want = (
        f"`{function}` never uses its parameter `{name}` and reads `{other}` from outside the function: "
        f"rename the parameter to `{other}`"
    )
    assert want in {r.says for r in results} | {r.message for r in results}


@pytest.mark.parametrize(
    "source",
    [
        "def linreg(X, w, bb):\n    return X @ w + bb + 1\n",
        "def linreg(X, w, bb):\n    b = bb\n    return X @ w + 2 * b\n",
        "def linreg(X, w, bias):\n    return [X @ w + bias + k for k in (1,)][0]\n",
    ],
)
def test_a_parameter_that_is_read_is_not_misspelt(report, source):
    """Its name is its author's own."""
    found = report(head="b = torch.zeros(1)\n", linreg=source)

    assert "from outside" not in text(found)


# Near names.


@pytest.mark.parametrize(
    ("function", "near"),
    [
        ("sgd", ["SGD", "Sgd", "my_sgd", "sgd2", "sgd_step", "stochastic_gradient_descent"]),
        ("linreg", ["LinReg", "lin_reg", "linearReg", "linear_regression", "LinearRegression"]),
        ("squared_loss", ["squaredLoss", "sq_loss", "SquaredLoss"]),
        ("train", ["Train", "trainer", "train_ch3", "training"]),
        ("data_iter", ["dataIter", "data_iterator", "get_data_iter"]),
    ],
)
def test_other_spellings_are_near(function, near):
    """In capitals, in more words or in fewer."""
    assert near == [name for name in near if signatures.is_near(function, name)]


@pytest.mark.parametrize(
    ("function", "others"),
    [
        ("sgd", ["sigmoid", "std", "seed", "adam", "s", "_", "grad", "x" * 1000]),
        ("linreg", ["regression", "plot_line", "list"]),
        ("squared_loss", ["sum_all", "show_loss_curve", "synthetic_data"]),
        ("train", ["brain", "test", "transform", "evaluate"]),
    ],
)
def test_what_only_sounds_alike_is_not_near(function, others):
    """Nobody is asked whether they meant `sigmoid` by sgd."""
    found = [n for n in others if signatures.is_near(function, n) or signatures.resembles(function, n)]

    assert [] == found


@pytest.mark.parametrize(
    ("function", "other", "near"),
    [
        ("linreg", "def Linear(X, w, b):\n    return X @ w + b\n", "Linear"),
        ("linreg", "def linear(X):\n    return X\n", ""),
        ("squared_loss", "def squared_error(y_hat, y):\n    return y\n", "squared_error"),
        ("squared_loss", "def squarred_loss(y_hat, y):\n    return y\n", "squarred_loss"),
        ("sgd", "def sigmoid(z):\n    return z\n", ""),
        ("sgd", "class SGD:\n    pass\n", "SGD"),
    ],
)
def test_a_name_that_resembles_is_near_where_it_takes_as_many(report, function, other, near):
    """Half a name is enough for a function of the same role."""
    found = of(report(**{function: other}), function)

    want = f"there is no function `{function}` in the file" + (f"; did you mean `{near}`?" if near else "")
    assert {want} == {r.message for r in found}


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
    (
        "linreg",
        "calls = []\n",
        "def linreg(X, w, b):\n    calls.append(1)\n    return X @ w + b + (len(calls) > 1)\n",
    ),
]


@pytest.mark.parametrize(("function", "head", "source"), STATE, ids=[name for name, *_ in STATE])
def test_what_lies_in_an_earlier_call_is_shown_with_that_call(report, function, head, source):
    """An optimiser that is kept, a place in a global: a single call would be right."""
    first = next(r for r in of(report(head=head, **{function: source}), function) if r.earned < r.points)

    assert first.message.startswith("a first call is right, but the next one is not: ")
    assert 2 == first.code.count(f"{function}(")
    assert "; then " in first.example


def test_what_fails_by_itself_is_shown_by_itself(report):
    """Although the smallest case of all failed only by what calls before it had left."""
    momentum = (
        "@torch.no_grad()\n"
        "def sgd(params, lr, batch_size):\n        for i, p in enumerate(params):\n"
        "            v[i] = 0.9 * v.get(i, 0 * p.grad) if v.get(i, p.grad).shape == p.shape else 0 * p.grad\n"
        "            v[i] = v[i] + p.grad\n            p -= lr * v[i] / batch_size\n"
    )
    found = report(head="v = {}\n", sgd=momentum)
    (own,) = [r for r in of(found, "sgd") if "after step" in r.message and r.code]

    assert own.message.startswith("expected ")
    assert "; then " not in own.example


# Hints.


@pytest.mark.parametrize(
    "source",
    [
        "def squared_loss(y_hat, y):\n    return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).mean()\n",
        "def squared_loss(y_hat, y):\n    return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).sum()\n",
    ],
)
def test_beside_a_mistake_stands_no_hint_of_a_check(report, source):
    """A check's hint is about its claim: of shapes, where the losses were averaged."""
    results = of(report(squared_loss=source), "squared_loss")

    assert any(r.says for r in results)
    assert {""} == {r.hint for r in results}


def test_carried_forward_is_said_where_the_claim_holds_then(report):
    """Of a value that is off; what fails in another way fails by the same mistake, and that is all."""
    halved = report(squared_loss=RIGHT["squared_loss"].replace("/ 2", "/ 1"))
    summed = report(squared_loss=RIGHT["squared_loss"].replace("error**2 / 2", "(error**2 / 2).sum()"))

    def said(found):
        return {r.message for r in of(found, "squared_loss") if r.outcome is Outcome.FOLLOWED}

    assert {"graded as if that mistake were right (error carried forward)"} == said(halved)
    assert {"not judged separately because of that mistake, and no points lost"} == said(summed)


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


def test_a_loader_that_shuffles_at_each_pass_may_be_made_once(report):
    """Each iteration over it is a new pass."""
    loader = (
        "def data_iter(batch_size, features, labels):\n"
        "    data = torch.utils.data.TensorDataset(features, labels)\n"
        "    return torch.utils.data.DataLoader(data, batch_size, shuffle=True)\n"
    )

    assert 30 == report(data_iter=loader, train=ONCE).score


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


def test_other_causes_have_cards_of_their_own(report):
    """An input that is changed, a value that is off, and the gradient that comes of the changed input."""
    wrong = (
        "def linreg(X, w, b):\n    y = X @ w + b\n    if X.dtype == torch.float64:\n        return y + 1\n"
    )
    found = report(linreg=wrong + "    if len(X) > 1:\n        X += 1\n    return y\n")

    assert ["X was changed: make a new tensor instead", "value", "value"] == [
        card.result.message if "changed" in card.result.message else "value"
        for card in cards(of(found, "linreg"))
        if card.result.earned == 0
    ]


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        (
            "if len(y) > 2: return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2",
            "A function that ends without `return` gives None.",
        ),
        ("return float(y_hat.sum())", "What kind of value does your last operation give? Tensor operations"),
        ("return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).double()", "Which step makes another dtype"),
        ("return y_hat.shape(0)", "Round brackets follow something that is no function"),
        ("return y_hat @ y_hat.new_ones(3, 3)", "A matrix product needs as many columns on the left as rows"),
        ("return y_hat.view(0)", ""),
        ("return undefined", "Nothing of this name is there when the function runs."),
    ],
)
def test_a_hint_fits_what_was_seen(report, body, hint):
    """None, another kind, another dtype and an exception have hints of their own, or none."""
    found = report(squared_loss=f"def squared_loss(y_hat, y):\n    {body}\n")
    first = of(found, "squared_loss")[0]

    assert first.hint.startswith(hint)
    assert bool(hint) == bool(first.hint)


@pytest.mark.parametrize(
    ("error", "message", "start"),
    [
        (
            "RuntimeError",
            "a leaf Variable that requires grad is being used in an in-place operation.",
            "A para",
        ),
        ("RuntimeError", "Trying to backward through the graph a second time (or directly", "backward() ran"),
        ("RuntimeError", "grad can be implicitly created only for scalar outputs", "backward() starts"),
        ("RuntimeError", "element 0 of tensors does not require grad and does not have a grad_fn", "Nothing"),
        ("AttributeError", "'NoneType' object has no attribute 'zero_'", "A gradient is None"),
        ("TypeError", "unsupported operand type(s) for *: 'float' and 'NoneType'", "A gradient is None"),
        ("RuntimeError", "mat1 and mat2 shapes cannot be multiplied (2x2 and 1x2)", "A matrix product"),
        (
            "RuntimeError",
            "expected m1 and m2 to have the same dtype, but got: double != float",
            "float32 and",
        ),
        ("RuntimeError", "view size is not compatible with input tensor's size and stride", "`view` needs"),
        (
            "RuntimeError",
            "Expected one of cpu, cuda, ... device type at start of device string: x",
            "A name in",
        ),
        ("TypeError", "'builtin_function_or_method' object is not subscriptable", "Square brackets"),
        ("TypeError", "'torch.Size' object is not callable", "Round brackets"),
        ("ValueError", "not enough values to unpack (expected 2, got 1)", "Something was taken apart"),
        ("ValueError", "no", ""),
        ("KeyError", "'x'", ""),
    ],
)
def test_what_students_often_meet_is_explained(error, message, start):
    """In a sentence; an exception that says enough, or that nobody knows, has none."""
    words = wording.explained(error, message)

    assert words.startswith(start)
    assert bool(start) == bool(words)
    assert not words or words[-1] in ".?`"


# Where.


@pytest.mark.parametrize(
    ("source", "place"),
    [
        (
            "def sgd(params, lr, batch_size):\n    # a comment\n    return 1 / 0\n",
            "in `sgd`, line 3: `return 1 / 0`",
        ),
        (
            "def sgd(p, lr, n):\n    return [1 / 0 for x in p]\n",
            "in `sgd`, line 2: `return [1 / 0 for x in p]`",
        ),
        (
            "def help():\n    return 1 / 0\ndef sgd(p, lr, n):\n    help()\n",
            "in `help`, line 2: `return 1 / 0`",
        ),
        ("@torch.no_grad()\ndef sgd(p, lr, n):\n    return 1 / 0\n", "in `sgd`, line 2: `return 1 / 0`"),
        ("sgd = lambda p, lr, n: 1 / 0\n", "in a lambda: `sgd = lambda p, lr, n: 1 / 0`"),
    ],
)
def test_an_exception_is_quoted_with_its_line(report, source, place):
    """Counted in the function, however far below it stands in the file."""
    message = of(report(sgd=source), "sgd")[0].message

    assert f"your code raised ZeroDivisionError: division by zero ({place})" == message


def test_a_notebook_s_cells_are_not_counted(judges):
    """JupyterLab shows no such number: the line itself stands there."""
    cells = [
        {"cell_type": "markdown", "source": "x"},
        {"cell_type": "code", "source": "def linreg(X w): pass"},
    ]
    found = judges[NAME].judge(Submission("ada", "a.ipynb", json.dumps({"cells": cells}), ".ipynb"))

    want = "the line `def linreg(X w): pass` defines linreg, but cannot be read: SyntaxError"
    assert of(found, "linreg")[0].message.startswith(want)
    assert "cell" not in text(found)


def test_a_name_that_was_lost_says_by_what(report):
    """A statement that failed explains the NameError that comes of it."""
    found = report(head="half = 1 / 0\n", linreg="def linreg(X, w, b):\n    return half * X\n")

    want = "the name `half` is not defined, since line 2 failed: ZeroDivisionError: division by zero"
    assert {want} == {r.message for r in of(found, "linreg")}


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nme = sys.modules[__name__]\nme.half = 0.5\n"
        "def squared_loss(y_hat, y):\n    return me.half * (y_hat - y.reshape(y_hat.shape)) ** 2\n",
        "globals()['half'] = 0.5\n"
        "def squared_loss(y_hat, y):\n    return half * (y_hat - y.reshape(y_hat.shape)) ** 2\n",
        "globals().update(half=0.5)\n"
        "def squared_loss(y_hat, y):\n    return half * (y_hat - y.reshape(y_hat.shape)) ** 2\n",
        "import sys\nsetattr(sys.modules[__name__], 'half', 0.5)\n"
        "def squared_loss(y_hat, y):\n    return half * (y_hat - y.reshape(y_hat.shape)) ** 2\n",
        "import sys\nd2l = sys.modules[__name__]\nhalf = lambda x: x / 2\n"
        "def squared_loss(y_hat, y):\n    return d2l.half((y_hat - y.reshape(y_hat.shape)) ** 2)\n",
        "def squared_loss(y_hat, y):\n    return globals()['half'] * (y_hat - y.reshape(y_hat.shape)) ** 2\n"
        "globals()['half'] = 0.5\n",
    ],
)
def test_a_module_of_one_s_own_is_there(report, source):
    """`sys.modules[__name__]` and `globals()` are what a student expects."""
    assert 30 == report(squared_loss=source).score


def test_near_names_are_functions_alone(report):
    """A tensor is no misspelt function."""
    found = report(
        head="trains = torch.ones(3)\n", train="def trainer():\n    pass\ntrain_l = torch.ones(2)\n"
    )

    want = "there is no function `train` in the file; did you mean `trainer`?"
    assert {want} == {r.message for r in of(found, "train")}


# Not written.


def test_a_body_that_still_ends_in_the_raise_says_so(report):
    """It is written: the line is to be deleted."""
    source = "def linreg(X, w, b):\n    y = X @ w + b\n    raise NotImplementedError('linreg')\n"
    found = of(report(linreg=source), "linreg")

    want = "it is written, but still raises: delete the line `raise NotImplementedError(...)`"
    assert {(want, "")} == {(r.message, r.hint) for r in found}


def test_all_together_says_which_function_is_missing(report):
    """Not written, or not there."""
    stub = report(linreg="def linreg(X, w, b):\n    raise NotImplementedError('linreg')\n")
    none = report(linreg="x = 1\n")

    assert {"your `linreg` is not written yet"} == {r.message for r in of(stub, "end_to_end")}
    want = "there is no function `linreg` in the file, which `train` calls"
    assert {want} == {r.message for r in of(none, "end_to_end")}


# Numbers.


@pytest.mark.parametrize(
    ("want", "got"), [(1.609438, 1.6094385), (1.0, 1.0 + 2**-23), (1.0, 2.0), (1e-7, 1.1e-7)]
)
def test_numbers_that_differ_are_shown_so(want, got):
    """In as many digits as it takes."""
    a, b = expect.told_apart(torch.tensor(want), torch.tensor(got))

    assert a != b


def test_what_is_not_written_is_compared_with_no_known_mistake(judges, monkeypatch):
    """The stub is judged first in every run: a newcomer does not wait until all mistakes were asked."""
    judge = judges["vectorization"]
    asked = []
    monkeypatch.setattr(judge.mistakes, "name", lambda trial, runs: asked.append(trial.exercise.name))
    report = judge.judge(gate.stub("vectorization"))

    assert [] == asked
    assert {"it is not written yet"} == {r.message.partition(":")[0] for r in report.results}
