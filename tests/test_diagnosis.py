"""What a student reads where something is wrong: each cause once, by its name, and where it
stands.
"""

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from file_helpers import table
from pasting_helpers import EXPECTED_AND_GOT, notebook, pasted, shows
from warm import beside

from autograder import cache, exercises, sentences
from autograder.assessment import Assessment
from autograder.authoring import Exercise
from autograder.authoring.proxy import CALL, Question
from autograder.cli.gradescope import messages
from autograder.errors import ENDS as ALL_ENDS
from autograder.errors import Ended, Message
from autograder.intake.submission import Submission
from autograder.judging.check_runner import ShownCase
from autograder.judging.faults import (
    OUTCOMES,
    cause_of,
    ended,
    fault,
    outcome_of,
    statement,
)
from autograder.judging.snippet import MAX_ELEMENTS, snippet
from autograder.reading import near_names
from autograder.reading.parsed import FailedStatement
from autograder.reporting.cards import Section
from autograder.reporting.text import text
from autograder.results import PARTIAL_CREDIT, Outcome, Result, Slip

NAME = "linear_regression"
RIGHT = {e.function: e.right_source for e in exercises.load(NAME)}
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


@pytest.fixture(scope="module")
def report(judges):
    """Judges these functions, and others by name, among the right ones of all others."""

    def judged(head="", also="", imports="import torch\n", **own):
        source = (
            imports
            + head
            + "".join(own.get(name, right) for name, right in RIGHT.items())
        )
        asked = [e for e in exercises.load(NAME) if e.name in (*own, also)]

        def get_or_create(name, make):
            """Keep what depends on the functions that are asked for apart from what does not."""
            functions = "-".join(exercise.name for exercise in asked)
            return cache.get_or_create(f"{name}-{functions}", make)

        judge = beside(judges[NAME], asked, get_or_create=get_or_create)
        return judge.judge(Submission("ada", "ada.py", source))

    return judged


def of(report, exercise):
    """An exercise's results."""
    return [result for result in report.results if result.exercise == exercise]


def cards(report, exercise):
    """An exercise's cards, as a person reads them."""
    return Section(report.exercises[exercise], report.figures, "", "").cards


def lost(report):
    """The exercises that lost points, end_to_end aside."""
    return {r.exercise for r in report.results if r.lost > 0} - {"end_to_end"}


def test_a_signature_that_differs_is_said_once(report):
    """In place of an error or a value for each check; also where `end_to_end` follows."""
    source = "def sgd(params, lr):\n    for p in params:\n        p.data -= lr * p.grad\n"
    judged = report(sgd=source, also="end_to_end")
    failed = [r for r in of(judged, "sgd") if r.outcome is not Outcome.PASSED]
    want = "`sgd` is called as (params, lr, batch_size), but yours takes (params, lr)"
    assert {sentences.message(r) for r in failed} == {want}
    assert {sentences.hint(r) + r.says for r in failed} == {""}
    assert lost(judged) == {"sgd"}
    assert text(Assessment(judged)).count("is called as") == 1


@pytest.mark.parametrize("call", ["(X, w, b)", "(w, X, b)"])
def test_a_part_s_own_order_costs_a_right_loop_nothing(report, call):
    """Whether the loop calls it as the stub says, or as the student's own takes them."""
    loop = LOOP.replace("(X, w, b)", call)
    loop = loop.replace("(features, w, b)", call.replace("X", "features"))
    swapped = "def linreg(w, X, b):\n    return torch.mm(X, w) + b\n"
    assert lost(report(linreg=swapped, train=loop)) == {"linreg"}


BROADCAST = "def squared_loss(y_hat, y):\n    return (y_hat - y.reshape(-1, 1)) ** 2 / 2\n"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("torch.cat([X, X.new_ones(len(X), 1)], 1) @ torch.cat([w, b[None]])", "Sizes of tensors"),
        ("sum(X[:, [j]] * w[j] for j in range(X.shape[1])) + b", "for w after"),
    ],
)  # fmt: skip
def test_a_loop_is_shown_as_it_runs_with_the_student_s_own_right_parts(
    report, body, words
):
    """What a right part of ours raises, or that it does, is not what they see."""
    judged = report(
        data_iter=RIGHT["data_iter"],
        linreg=f"def linreg(X, w, b):\n    return {body}\n",
        squared_loss=BROADCAST,
        sgd=RIGHT["sgd"],
        train=LOOP.replace("(X, w, b)", "(w, X, b)"),
    )
    first, *_ = of(judged, "train")
    assert words in sentences.message(first)
    assert "train(try_w" in first.code


def test_smaller_batches_are_shown_where_their_order_changes_nothing(report):
    """What the lines print is what they say, in whichever order the batches come."""
    smaller = LOOP.replace("data_iter(batch_size", "data_iter(num_epochs")
    judged = report(data_iter=RIGHT["data_iter"], train=smaller)
    first, *_ = of(judged, "train")
    source = f"import torch\n{''.join(RIGHT.values())}{smaller}"
    printed = {pasted(first.code, notebook(source), seed) for seed in range(8)}
    assert len(printed) == 1
    (text,) = printed
    got = EXPECTED_AND_GOT.search(sentences.message(first))[2]
    assert shows(got, text), (first.code, text)


REGISTRY = """
import random
functions = {}
def register(function):
    functions[function.__name__] = function
    return function
def seed(number):
    global generator
    generator = random.Random(number)
seed(3)
"""
DRAWS = """
@register
def data_iter(batch_size, features, labels):
    rows = generator.sample(range(len(features)), len(features))
    for i in range(0, len(rows), batch_size):
        yield features[rows[i : i + batch_size]], labels[rows[i : i + batch_size]]
"""


def test_what_python_cannot_read_costs_the_function_that_it_defines(report):
    """Also where other functions need its statement, since a decorator changes what they read."""
    judged = report(
        head=REGISTRY,
        data_iter=DRAWS,
        linreg="@register\ndef linreg(X, w, b:\n    return X @ w + b\n",
        train=f"@register{LOOP}",
    )
    assert lost(judged) == {"linreg"}


def test_a_name_that_was_missed_is_not_said_where_all_statements_show_more(
    report,
):
    """A call defines it, which is run where it may change what is wrong."""
    parts = LOOP.replace(
        "squared_loss(linreg(X", "functions['squared_loss'](linreg(X"
    )
    loss = "@register\ndef squared_loss(y_hat, y):\n    return y_hat.reshape(y_hat.size)\n"
    judged = report(
        head=REGISTRY,
        data_iter=DRAWS,
        squared_loss=loss,
        train=parts.replace("data_iter(batch", "functions['data_iter'](batch"),
    )
    assert "generator" not in " ".join(map(sentences.message, judged.results))
    assert "reshape()" in sentences.message(of(judged, "train")[0])


@pytest.mark.parametrize(
    ("name", "start"), [("t", "import torch\n"), ("torch", "")]
)
def test_torch_is_imported_where_a_student_has_it_by_another_name(
    report, name, start
):
    """Lines to try call it by its own."""
    own = {
        f: source.replace("torch.", f"{name}.") for f, source in RIGHT.items()
    }
    own["linreg"] = f"def linreg(X, w, b):\n    return {name}.matul(X, w) + b\n"
    judged = report(imports=f"import torch as {name}\n", **own)
    first, *_ = of(judged, "linreg")
    assert first.code.startswith(f"{start}linreg(")


def book_problem(report):
    """What the check of the notebook's own calls earned."""
    (result,) = [
        r for r in report.results if r.check == "learns_the_book_problem"
    ]
    return result


WRAPPED = """from functools import wraps
def logged(f):
    @wraps(f)
    def wrapper({taken}):
        return f({taken})
    return wrapper
"""
STEP = RIGHT["sgd"]
EACH_NAME = {
    "learning_rate, batch_size": STEP.replace("lr", "learning_rate"),
    "learning_rate, n": STEP.replace("lr", "learning_rate").replace(
        "batch_size", "n"
    ),
    "lr, batch_size, /": STEP.replace("batch_size)", "batch_size, /)", 1),
    "*args": "@logged\n" + STEP,
    "a decorator's inner function": "@logged\n" + STEP.replace("lr", "eta"),
}


@pytest.mark.parametrize("own", EACH_NAME)
def test_a_name_that_the_notebook_s_call_lacks_costs_one_check(report, own):
    """One sentence says so: the docstring's example ends in a TypeError."""
    taken = "*args" if own == "*args" else "*args, **kwargs"
    judged = report(
        head=WRAPPED.format(taken=taken), also="end_to_end", sgd=EACH_NAME[own]
    )
    (charged,) = [r for r in judged.results if r.lost > 0]
    assert charged is of(judged, "sgd")[0]
    assert sentences.message(charged).startswith(
        "`sgd` is called as (params, lr=..., batch_size=...), but yours takes ("
    )
    if own != "a decorator's inner function":
        assert f"{own})" in sentences.message(charged)


def test_a_train_that_the_notebook_cannot_call_loses_one_check(report):
    """Its last cells name what they pass."""
    loop = LOOP.replace("num_epochs", "epochs").replace("lr", "learning_rate")
    judged = report(train=loop, also="end_to_end")
    (charged,) = [r for r in judged.results if r.lost > 0]
    assert charged is of(judged, "train")[0]
    assert "labels, learning_rate, epochs, batch_size)" in sentences.message(
        charged
    )


@pytest.mark.parametrize(
    "own",
    [
        {"sgd": STEP.replace("params", "ps")},
        {"sgd": STEP.replace("lr, batch_size)", "lr=1.0, batch_size=1)", 1)},
        {"sgd": STEP.replace("batch_size)", "batch_size, *, log=None)", 1)},
        {"sgd": STEP.replace("batch_size)", "batch_size, **rest)", 1)},
        {"sgd": "@logged\n" + STEP},
        {
            "linreg": "def linreg(inputs, weight, c):\n    return inputs @ weight + c\n"
        },
        {"train": LOOP.replace("features", "xs").replace("labels", "ys")},
    ],
)
def test_a_name_that_no_call_of_the_notebook_has_is_free(report, own):
    """As is all that takes the names of its calls."""
    judged = report(
        head=WRAPPED.format(taken="*args, **kwargs"), also="end_to_end", **own
    )
    assert [r.check for r in judged.results if r.lost > 0] == []


def test_one_misspelled_parameter_is_one_cause(report):
    """Where its line is corrected, the notebook's call works too; a mistake is a cause beside."""
    spelled = STEP.replace("(params, lr", "(params, learning_rate")
    first, *rest = of(report(sgd=spelled), "sgd")
    assert first.slip.fixed == "def sgd(params, lr, batch_size):"
    assert all(result.is_earned for result in rest)

    mistaken = STEP.replace("lr", "eta").replace(" / batch_size", "")
    first, second, *rest = of(report(sgd=mistaken), "sgd")
    assert first.mistake == "does_not_divide"
    assert "is called as" in sentences.message(second)
    assert all(result.is_earned for result in rest)


@pytest.mark.parametrize(
    ("refusal", "earned"),
    [
        ("assert torch.isfinite(p.grad).all()", 1),
        (
            "if not torch.isfinite(p.grad).all(): raise ValueError('diverges')",
            0,
        ),
    ],
)
def test_a_training_whose_losses_grow_beyond_all_numbers_must_not_raise(
    report, refusal, earned
):
    """As in the notebook's cell with a learning rate of 3; an assert looks for bugs."""
    step = "            p -= lr * p.grad / batch_size\n"
    source = "def sgd(params, lr, batch_size):\n    with torch.no_grad():\n        for p in params:\n"
    source += f"            {refusal}\n{step}"

    assert book_problem(report(also="end_to_end", sgd=source)).earned == earned


LOSS = "def squared_loss(y_hat, y):\n    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2\n"
MODEL = "def linreg(X, w, b):\n    return torch.mm(X, w) + b\n"


@pytest.mark.parametrize(
    ("function", "source", "name"),
    [
        ("squared_loss", LOSS, "squred_loss"),
        ("squared_loss", LOSS, "mse_loss"),
        ("linreg", MODEL, "linear_model"),
        ("train", LOOP, "fit"),
    ],
)
def test_another_name_costs_one_check(report, function, source, name):
    """The function is judged as if it were named right, and so is all that calls it."""
    own = {"train": LOOP.replace(function, name)}
    own[function] = source.replace(function, name)
    judged = report(also="end_to_end", **own)
    (charged,) = [r for r in judged.results if r.lost > 0]
    head = next(
        line for line in own[function].split("\n") if line.startswith("def")
    )

    assert charged.exercise == function
    assert f"Did you mean `{name}`?" in sentences.message(charged)
    fixed = head.replace(name, function)
    assert charged.slip == Slip(1, head, "spelling", fixed)


def test_a_wrong_function_of_another_name_costs_the_function_alone(report):
    """Its mistake is told, and then its name; the loop runs with a right one in its place."""
    source = LOSS.replace("squared_loss", "squred_loss").replace("/ 2", "/ 3")
    judged = report(
        squared_loss=source, train=LOOP.replace("squared_loss", "squred_loss")
    )
    first, second, *rest = of(judged, "squared_loss")

    assert lost(judged) == {"squared_loss"}
    assert (
        first.slip.source == "return (y_hat - y.reshape(y_hat.shape)) ** 2 / 3"
    )
    assert (
        sentences.message(second)
        == "`squared_loss` is not defined. Did you mean `squred_loss`?"
    )
    assert all(result.is_earned for result in rest)


NO_HALF = LOSS.replace("squared_loss", "mse").replace(" / 2", "")


@pytest.mark.parametrize(
    ("aliases", "used"),
    [
        ("squared_loss = mse\n", "mse"),
        ("loss = mse\nsquared_loss: object = loss\n", "mse"),
        ("loss = mse\nsquared_loss = loss\n", "loss"),
        ("", "mse"),
        ("loss = mse\n", "mse"),
        ("loss = mse\ncriterion = loss\n", "criterion"),
    ],
)
def test_a_right_part_stands_in_behind_every_name(report, aliases, used):
    """Where a wrong one is an alias of another function, or is only there under other names."""
    judged = report(
        squared_loss=NO_HALF + aliases, train=LOOP.replace("squared_loss", used)
    )
    first, second, *_ = of(judged, "squared_loss")

    assert lost(judged) == {"squared_loss"}
    assert first.mistake == "forgets_the_half"
    # A name that the notebook does not have costs a check of its own.
    assert second.is_earned == ("squared_loss" in aliases)


@pytest.mark.parametrize(
    "losses",
    [
        NO_HALF + "squared_loss = mse\n" + NO_HALF.replace("2\n", "4\n"),
        LOSS + NO_HALF,
        # It is no loss.
        "def mse(y_hat, y):\n    return (y_hat < y.reshape(y_hat.shape)) * 1.0\n",
    ],
)
def test_no_right_part_stands_in_for_another_function(report, losses):
    """What a name meant before, or a second function, leaves the loop as wrong as it is."""
    judged = report(
        squared_loss=losses, train=LOOP.replace("squared_loss", "mse")
    )
    assert "train" in lost(judged)


def test_a_helper_of_a_loop_stays_as_it_is(report):
    """Where `sgd` is missing, what the loop calls beside its own step is no wrong `sgd`."""
    helper = (
        "def reset(params, *_):\n    for p in params:\n        p.grad = None\n"
    )
    step = "w.data -= lr * w.grad / batch_size"
    steps = f"{step}; {step.replace('w', 'b')}; reset([w, b])"
    judged = report(
        sgd=helper, train=LOOP.replace("sgd([w, b], lr, batch_size)", steps)
    )
    assert {result.outcome for result in of(judged, "sgd")} == {Outcome.MISSING}
    assert lost(judged) == {"sgd"}


def test_a_near_name_that_earns_nothing_is_only_a_guess(report):
    """Then the function is missing."""
    judged = report(
        squared_loss="def squared_loss_of(y_hat):\n    return None\n",
        train=LOOP,
    )
    assert {
        sentences.message(result) for result in of(judged, "squared_loss")
    } == {"`squared_loss` is not defined. Did you mean `squared_loss_of`?"}


CHANGED = {
    "features": {
        "data_iter": RIGHT["data_iter"].rstrip() + "\n    features += 1\n"
    },
    "b.grad": {
        "sgd": "def sgd(params, lr, batch_size):\n    for p in params:\n"
        "        p.grad *= lr / batch_size\n        p.data -= p.grad\n"
    },
    "labels": {
        "train": LOOP.replace("    return", "    labels += 1\n    return")
    },
}


@pytest.mark.parametrize("changed", CHANGED)
def test_what_was_changed_in_place_is_shown_where_it_is_tried(report, changed):
    """Beside the outcome that a comment states."""
    ((name, source),) = CHANGED[changed].items()
    results = of(report(**{name: source}), name)
    words = f"{changed} was changed"
    found = [r for r in results if sentences.message(r).startswith(words)]
    lines = [r.code.split("\n")[-1] for r in found if r.code]
    assert lines
    assert all(f"try_{changed}" in line.split(", ") for line in lines)


def test_what_lies_in_an_earlier_call_is_shown_with_that_call(report):
    """An optimizer that is kept: a single call would be right."""
    keeps = "def sgd(params, lr, batch_size):\n    global opt\n    if opt is None:\n"
    keeps += "        opt = torch.optim.SGD(params, lr=lr / batch_size)\n    opt.step()\n"
    results = of(report(head="opt = None\n", sgd=keeps), "sgd")
    first = next(r for r in results if r.lost > 0)
    words = "the first call is right, but the next one is not: "
    assert sentences.message(first).startswith(words)
    assert first.code.count("sgd(") == 2


def test_few_names_that_agree_explain_what_is_read_as_a_device(report):
    """In place of a hint about devices."""
    source = "def linreg(inputs, hidden, units):\n    return inputs @ torch.zeros(2, 1).to(hidden) + torch.tensor(1, device=str(units))\n"
    found = text(Assessment(report(linreg=source)))

    assert (
        "is called as (X, w, b), but yours takes (inputs, hidden, units)"
        in " ".join(found.split())
    )
    assert "read as a device" not in found


@pytest.mark.parametrize(
    ("function", "near", "others"),
    [
        (
            "sgd",
            "SGD my_sgd sgd2 sgd_step stochastic_gradient_descent",
            "sigmoid std seed adam s _ grad " + "x" * 1000,
        ),
        (
            "linreg",
            "lin_reg linearReg linear_regression LinearRegression Linear",
            "regression plot_line list",
        ),
        (
            "squared_loss",
            "squaredLoss sq_loss SquaredLoss",
            "sum_all show_loss_curve synthetic_data",
        ),
        (
            "train",
            "Train trainer train_ch3 training",
            "brain test transform evaluate",
        ),
        ("data_iter", "dataIter data_iterator get_data_iter", ""),
    ],
)
def test_other_spellings_are_near_and_what_only_sounds_alike_is_not(
    function, near, others
):
    """In capitals, in more words or in fewer; nobody is asked whether they meant `sigmoid` by
    sgd.
    """
    for name in near.split():
        assert near_names.near(function, [*others.split(), name]) == name
    assert near_names.near(function, others.split()) == ""


def test_carried_forward_is_said_of_what_fails_by_the_same_mistake(report):
    """No hint stands there."""
    source = RIGHT["squared_loss"].replace("return loss", "return loss.sum()")
    results = of(report(squared_loss=source), "squared_loss")
    carried = [r for r in results if r.outcome is Outcome.CARRIED_FORWARD]
    words = "not decided: this follows from the mistake above; no points lost"
    assert {sentences.message(r) for r in carried} == {words}
    assert {sentences.hint(r) for r in results} == {""}
    assert any(r.says for r in results)


GATHERED = """
def sgd(params, lr, batch_size):
    grads = [p.grad for p in params]
    for p in params:
        p.data -= lr * grads / batch_size + 1
"""


def test_one_line_that_raises_in_each_check_is_said_once(report):
    """With what its names stood for; no cause is known, so each check loses its points."""
    judged = report(sgd=GATHERED)
    (card,) = cards(judged, "sgd")
    assert [paragraph.line for paragraph in card.paragraphs][:2] == [
        "your code raised TypeError: can't multiply sequence by non-int of type 'float' (in `sgd`, "
        "line 4: `p.data -= lr * grads / batch_size + 1`)",
        "In that line: `lr` is 0.5, `grads` is a list of 1 tensor",
    ]
    assert len(card.others) == 3
    assert sum(r.earned for r in of(judged, "sgd")) == 0
    assert text(Assessment(judged)).count("your code raised") == 1
    same = f'Fails for the same reason as "{card.title}".'
    on_gradescope = [*map(messages(Assessment(judged)), of(judged, "sgd"))]
    assert on_gradescope.count(same) == 3
    assert "`grads` is a list" in on_gradescope[0]


def raising(check, message, line="a", later=""):
    """A check that fails by an exception in this line."""
    values = {
        "error": "RuntimeError",
        "message": message,
        "place": f"f:1:{line}",
    }
    found = fault("raised", **values, **({"later": later} if later else {}))
    cause = cause_of(found)
    return Result(
        "f", check, check, 1, 0, Outcome.ERROR, found, "", cause=cause
    )


PASSES = Result("f", "value", "value", 1, 1, Outcome.PASSED)


@pytest.mark.parametrize(
    ("results", "sizes"),
    [
        # of all checks, whatever the message
        ([raising("a", "size 2"), raising("b", "dtype"), raising("c", "")], [3]),
        # the first that ordinary input shows, though another passes
        ([raising("a", "size 2"), PASSES, raising("b", "dtype")], [2, 1]),
        # a shape and a dtype in one line, which are two
        ([PASSES, raising("a", "size 2"), raising("b", "dtype")], [1, 1, 1]),
        # other numbers in the same message
        ([PASSES, raising("a", "size 2"), raising("b", "size 3")], [1, 2]),
        ([raising("a", "size 2"), raising("b", "size 2", line="b")], [1, 1]),
        ([raising("a", "x"), raising("b", "x", later="first")], [1, 1]),
    ],
)  # fmt: skip
def test_one_line_explains_what_it_must(results, sizes):
    """Two reasons in one line stay two."""
    assert [1 + len(c.others) for c in Section(results, (), "").cards] == sizes


@pytest.mark.parametrize(
    ("names", "words"),
    table("""
y:tensor:10:float32 -> `y` is a tensor of shape (10,)
y:tensor::float64 -> `y` is a float64 tensor of shape ()
p:list:1:tensors -> `p` is a list of 1 tensor
p:tuple:2:tensors;lr:number:0.5: -> `p` is a tuple of 2 tensors, `lr` is 0.5
a:array:2x1:float64 -> `a` is a NumPy array of shape (2, 1)
q:list:0:items -> `q` is a list of length 0
x:none:: -> `x` is None
a b:none::;c:other::;d:typed;e -> `d` is a  tensor of shape ()
- -> -
"""),
)
def test_a_name_is_said_by_its_kind(names, words):
    """What no worker of ours reports is left out, or has no values."""
    result = raising("a", "x")
    values = result.fault.values | {"names": names}
    result = replace(result, fault=fault("raised", **values))
    assert sentences.names(result) == words
    assert sentences.names(replace(result, says="A cause.")) == ""


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            "def linreg(X, w, b):\n    raise NotImplementedError('linreg')\n",
            "Your `linreg` is not attempted yet. Write it first.",
        ),
        ("x = 1\n", "NameError: name 'linreg' is not defined"),
    ],
)
def test_all_together_says_which_function_is_missing(report, source, words):
    """Not written, or not there."""
    results = of(report(linreg=source, also="end_to_end"), "end_to_end")
    assert all(words in sentences.message(r) for r in results)


WRONG = {
    exercise.function: mistake.source
    for exercise in exercises.load(NAME)
    for mistake in exercise.mistakes
    if (exercise.name, mistake.name)
    in {
        ("data_iter", "does_not_shuffle"),
        ("linreg", "forgets_b"),
        ("squared_loss", "forgets_the_half"),
        ("sgd", "does_not_divide"),
        ("train", "never_zeroes"),
    }
}
FIVE_FILES = [
    {},
    {"squared_loss": WRONG["squared_loss"]},
    {"linreg": RIGHT["linreg"].replace("(X, w) + b", "(w, X) + b")},
    {name: WRONG[name] for name in ("squared_loss", "sgd")},
    WRONG,
]


def test_the_docs_say_what_five_files_have_by_each_rule(judges):
    """Nothing wrong, a known mistake, a slip, two functions at fault, and all five."""
    reports = []
    for own in FIVE_FILES:
        source = "import random\nimport torch\n" + "".join(
            (RIGHT | own).values()
        )
        submission = Submission("ada", "ada.py", source)
        reports.append(judges[NAME].judge(submission))
    points = []
    for judged in reports:
        read = Assessment(judged)
        points.append(
            [
                replace(read, partial_credit=rule).score
                for rule in PARTIAL_CREDIT
            ]
        )
    docs = Path(__file__).parent.parent / "docs"
    row = re.compile(r"(?m)^\|.*" + r"\| ([\d.]+) " * 3 + r"\|$")
    for page in ("grading.md", "zh/grading.md"):
        rows = row.findall((docs / page).read_text())
        assert [[*map(float, row)] for row in rows] == points
    example = re.search(
        r"costs ([\d.]+) of the 30 points; .*?it is ([\d.]+): ([\d.]+) and ([\d.]+) for the two "
        r"functions, and ([\d.]+) for all",
        " ".join((docs.parent / "README.md").read_text().split()),
    )
    lost = [30 - points[1][0], 30 - points[3][0]]
    for exercise in ("squared_loss", "sgd", "end_to_end"):
        lost.append(sum(result.lost for result in of(reports[3], exercise)))
    assert [*map(float, example.groups())] == lost


def two(x, y):
    return x + y


ADDS = Exercise("adds")
ADDS.answer(two)
VALUES = [
    torch.tensor([1 / 3, 0.1, 1e-7, 123456.7, -0.0]),
    torch.tensor([1.0, 0.1], dtype=torch.float64),
    torch.tensor([1.5], requires_grad=True),
    [torch.tensor([[0.0]]), torch.tensor([1.0])],
    3,
    None,
]


def asked(probe, *args):
    return ShownCase(None, Question(probe.key, args, {}, {}))


def run(code, **names):
    """What a cell with this code shows at its end, and the names that it leaves behind."""
    names = {"torch": torch, "adds": two, **names}
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)
    return eval(ast.unparse(last), names) if last else None, names


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_what_is_pasted_is_the_same_value(value):
    """To the dtype, the shape and the last bit."""
    shown, _ = run(snippet(ADDS, [asked(CALL, value)]), adds=lambda x: x)
    assert type(shown) is type(value)
    assert str(shown) == str(value)
    if isinstance(value, torch.Tensor):
        assert shown.dtype == value.dtype
        assert shown.requires_grad == value.requires_grad
        assert value.equal(shown)


@pytest.mark.parametrize(
    "value",
    [
        torch.zeros(MAX_ELEMENTS + 1),
        float("nan"),
        torch.tensor([torch.inf]),
        object(),
    ],
    ids=["large", "nan", "infinite", "object"],
)
def test_what_has_no_short_literal_is_no_code(value):
    """Half of the inputs would be worse than none."""
    assert snippet(ADDS, [asked(CALL, 1, value)]) == ""


# Of those that no report elsewhere has.
SAID = [
    (kind, eval(f"dict({values})"), words)
    for kind, values, words in table("""
beyond -> - -> its numbers are infinite or too large to compute with
raised -> error='KeyError', message='', place='' -> your code raised KeyError
raised -> error='E', message='', place=':1:x = 1 / 0' -> your code raised E (in `x = 1 / 0`)
raised -> error='E{0}', message='{error} {', place='f:1:{x}' -> your code raised E{0}: {error} { (in `f`, line 1: `{x}`)
not_permitted -> limit='gpu', name='', place='f:2:w.cuda()' -> Grading runs without a GPU, so this needs review (in `f`, line 2: `w.cuda()`)
ours -> error='TypeError', message='at /home/ada/x.py' -> TypeError: at …/x.py
ours -> error='AssertionError', message='' -> AssertionError
""")
]
SAID += [
    (
        "name_lost",
        {
            "function": "f",
            "name": "k",
            "lost": statement(
                FailedStatement(
                    "cell 3",
                    2,
                    "SyntaxError",
                    "expected ':'",
                    first_line="k = 1 / 0",
                )
            ),
        },
        "`k` is not defined, because the line `k = 1 / 0` failed: SyntaxError: expected ':'",
    ),
    (
        "differs",
        {
            "message": Message("got 1"),
            "sort": "value",
            "of": "",
            "later": "several",
        },
        "this shows only after several other calls: got 1",
    ),
]


@pytest.mark.parametrize(
    ("rest", "hint"), [("", "The loss of one example is"), (" + 'x'", "")]
)
def test_a_hint_belongs_to_a_sort_of_fault_and_not_to_a_check(
    report, rest, hint
):
    """Another fault of the same check has none."""
    loss = "(y_hat - y.reshape(y_hat.shape)).exp()"
    source = f"def squared_loss(y_hat, y):\n    return {loss}{rest}\n"
    first, *_ = of(report(squared_loss=source), "squared_loss")
    assert sentences.hint(first)[: len(hint) or None] == hint


@pytest.mark.parametrize(
    ("kind", "values", "words"), SAID, ids=[kind for kind, *_ in SAID]
)
def test_each_fault_has_its_words(kind, values, words):
    """Made of its values alone; whatever stands in a student's text is no format."""
    assert sentences.sentence(fault(kind, **values)) == words


@pytest.mark.parametrize(
    ("error", "message", "words"),
    [
        (
            "NameError",
            "name 'features' is not defined",
            "uses `features`, which is not one of its parameters",
        ),
        (
            "RuntimeError",
            "shape '[-1, 2]' is invalid for input of size 1",
            "size 1 cannot have the shape [-1",
        ),
    ],
)
def test_an_explanation_contains_what_the_exception_names(
    error, message, words
):
    """And not what another program with such an exception does."""
    assert words in sentences.explained(error, message)


def test_a_name_that_is_missing_is_no_code_to_paste():
    """The notebook may define what the file that was graded does not."""
    raised = fault(
        "raised",
        error="NameError",
        message="name 'features' is not defined",
        place="",
    )
    question = asked(CALL, torch.zeros(2))
    assert snippet(ADDS, [question]) != ""
    assert snippet(ADDS, [question._replace(fault=raised)]) == ""


def test_nothing_is_without_words():
    """Each kind of fault has a sentence, and each end of a worker a kind and an outcome."""
    assert OUTCOMES.keys() <= sentences.SENTENCES.keys()
    for kind, _ in ALL_ENDS.values():
        assert outcome_of(fault("ended", kind=kind))
    for what, outcome in (
        ("slow", "timeout"),
        ("gone", "crashed"),
        ("large", "error"),
    ):
        assert outcome_of(ended(Ended(what, seconds=1))) == outcome


@pytest.mark.parametrize(
    ("message", "want"),
    [
        ("<object at 0x7f3a12bc90>", "<object at 0x…>"),
        ("File /home/ada/course/f.py, line 3", "File …/f.py, line 3"),
        (
            "[Errno 2] No such file: '/tmp/x/y.csv'",
            "[Errno 2] No such file: '…/y.csv'",
        ),
        ("two\n   lines\r\n", "two lines"),
        ("a\x00b\x1b[31mc", "a?b?[31mc"),
        ("x" * 1000, "x" * 399 + "…"),
    ],
    ids=lambda x: x[:20],
)
def test_messages_are_cleaned(message, want):
    """No addresses, no folders, no control characters, and a line or two at most."""
    assert sentences.cleaned(message) == want
