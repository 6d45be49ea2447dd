"""Named by mutants: what was learned of wrong answers tells a student how theirs behaves."""

import pytest
import torch
from cli_helpers import run
from sampling import some_of

from autograder import cache, exercises, wire
from autograder.authoring.exercise import right_answers
from autograder.intake.submission import Submission
from autograder.judging import gate, likeness
from autograder.judging.judge import Judge
from autograder.judging.mutants import Mutant, mutants
from autograder.languages import spoken
from autograder.results import Outcome
from autograder.settings import Settings

HALF = "import torch\ndef vector_add(a, b):\n    return a + b / 2\n"
OTHER_HALF = "def vector_add(x, y):\n    half = 0.5 * y\n    return torch.add(half, x)\n"
WORDS = ["as if {} were half as large", "`b`"]

SMALLEST_FIRST = sorted(exercises.assignments(), key=lambda name: len(exercises.of(name)))


def keeper(kept):
    """A `keep` for a judge whose files lie in a dict."""

    def keep(name, make):
        if name not in kept:
            kept[name] = make()
        return kept[name]

    return keep


@pytest.fixture(scope="module")
def judge():
    drawn = gate.cases_of("vectorization", Settings().seed)
    with Judge(exercises.of("vectorization"), drawn, Settings(), keeper({})) as opened:
        exercise = opened.exercises[0]
        mutant = Mutant("off", tuple(WORDS), HALF, "")
        row = opened.behaviour(exercise, mutant)
        assert 1 == opened.mistakes.likenesses.learn(lambda: [(exercise.name, row)])
        yield opened


def said(judge, source):
    report = judge.judge(Submission("ana", "a.py", "import torch\n" + source))
    return [(r.says, r.mistake) for r in report.results if r.outcome is not Outcome.PASSED]


def test_an_answer_that_behaves_as_a_mutant_is_told_how(judge):
    """In any style: what is compared is what it answers, in all cases of all checks."""
    found = said(judge, OTHER_HALF)

    assert ("It behaves as if `b` were half as large.", "as_if_b_were_half_as_large") == found[0]
    assert 1 == len({name for _, name in found})


def test_the_hint_and_the_smallest_input_stay(judge):
    """Words made by a program stand beside what a teacher wrote, not in its place."""
    first = judge.judge(Submission("ana", "a.py", "import torch\n" + OTHER_HALF)).results[0]

    assert first.hint
    assert first.example
    assert "expected" in first.message


@pytest.mark.parametrize(
    "body", ["a + b / 3", "(a + b / 2).clamp(max=20)", "a + b / 2 if a.sum() > 0 else a"]
)
def test_what_answers_otherwise_in_a_single_case_has_no_such_name(judge, body):
    """It would be a guess, and a guess may be wrong."""
    assert {""} == {name for _, name in said(judge, f"def vector_add(a, b):\n    return {body}\n")}


def test_a_known_mistake_keeps_its_own_words(judge):
    """What a teacher wrote goes before what a program found out."""
    assert ("You subtract b instead of adding it.", "subtracts") == said(
        judge, "def vector_add(a, b):\n    return a - b\n"
    )[0]


def test_it_is_said_in_the_course_s_language(judge):
    """The sentence and its end are translated, the parameter is not."""
    judge.mistakes.named.clear()
    with spoken("zh"):
        found = judge.mistakes.likenesses.told(
            judge.exercises[0], frozenset(_failed(judge)), lambda: _views(judge)
        )

    assert "它的表现好像 `b` 变成了一半。" == found.says


def _trial(judge):
    parsed, _ = judge.parse(Submission("", "", HALF))
    return judge.trial(judge.exercises[0], parsed, keep_answers=True)


def _failed(judge):
    trial = _trial(judge)
    return {check.check.name for check, run in zip(trial.checks, trial.runs()) if run.fault}


def _views(judge):
    from autograder.judging.diagnosis import views

    trial = _trial(judge)
    return views(trial, trial.runs())


def test_what_only_raises_gives_no_name(judge):
    """Many mistakes raise alike, and the exception says itself what went wrong."""
    source = "def vector_add(a, b):\n    return a.items() + b\n"

    assert judge.behaviour(judge.exercises[0], Mutant("kind", tuple(WORDS), source, "")) is None


def test_a_mutant_that_is_right_or_known_is_not_learned(judge):
    """There is nothing to say of it, or somebody has said it better."""
    exercise = judge.exercises[0]
    for body in ("b + a", "a - b"):
        mutant = Mutant("off", tuple(WORDS), f"def vector_add(a, b):\n    return {body}\n", "")
        assert judge.behaviour(exercise, mutant) is None


@pytest.mark.parametrize("assignment", some_of(SMALLEST_FIRST, len(SMALLEST_FIRST)))
def test_of_each_exercise_that_is_learned_something_is_kept(judges, assignment):
    """Of the first mutants some are wrong, and tell themselves from others by a value."""
    found = exercises.of(assignment)
    asked = {e.name: likeness.chosen(found, e, 40) for e in found}
    kept = {
        e.name: any(judges[assignment].behaviour(e, mutant) for mutant in asked[e.name])
        for e in found
        if asked[e.name]
    }

    assert {"vector_add", "linreg", "squared_loss", "sgd", "train"} & set(asked) == set(kept)
    assert all(kept.values()), kept


def test_what_a_view_leaves_out_gives_no_name():
    """Of data_iter's random answers little is compared: rows shuffled in place look like labels rounded."""
    found = exercises.of("linear_regression")
    data_iter = next(e for e in found if e.name == "data_iter")
    assert not any(check.is_compared_whole for check in data_iter.checks)
    drawn = gate.cases_of("linear_regression", Settings().seed)
    wrong = next(one for one in mutants(right_answers(found), "data_iter") if one.operator == "off")
    with Judge(found, drawn, Settings(), cache.made_once) as judge:
        assert judge.behaviour(data_iter, wrong) is None
    assert [] == likeness.chosen(found, data_iter, 1)


def test_what_was_learned_serves_every_language():
    """A course that speaks another language has the same names."""
    drawn = gate.cases_of("vectorization", Settings().seed)
    names = {drawn.kept_as("it", Settings(language=name)) for name in ("en", "zh")}

    assert 1 == len(names)
    assert drawn.kept_as("it", Settings(memory=900)) not in names


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (torch.ones(3), torch.ones(3, dtype=torch.float64)),
        (torch.ones(3), torch.ones(3, 1)),
        (torch.tensor([1.0, 2.0]), torch.tensor([2.0, 1.0])),
        (torch.tensor([1.0, float("nan")]), torch.tensor([float("nan"), 1.0])),
        (torch.tensor([1.0, float("inf")]), torch.tensor([1.0, float("-inf")])),
        (torch.zeros(2000, 10), torch.zeros(2000, 10).index_fill(0, torch.tensor([1999]), 1.0)),
        (torch.tensor([1, 2]), torch.tensor([1, 3])),
        (1.0, 1),
        (1.0, 1.01),
        ([1.0], (1.0,)),
        (wire.Raised("ValueError", "x"), wire.Raised("TypeError", "x")),
        (None, 0),
    ],
)
def test_other_answers_have_other_fingerprints(a, b):
    """Of another kind, shape, dtype, order or value, also where one number in 20,000 differs."""
    (form, numbers), (other, known) = likeness.of([a]), likeness.of([b])

    assert form != other or not likeness._alike(numbers, known)


def test_numbers_that_are_too_large_are_not_compared():
    """Whose sum of squares is no number any more; an infinite one is, and where it stands."""
    with pytest.raises(TypeError, match="too large"):
        likeness.of([torch.tensor([1.0, 1e200], dtype=torch.float64)])

    form, numbers = likeness.of([torch.tensor([float("inf"), 3.0])])
    assert numbers.tolist() == [pytest.approx(3 * likeness._weights(1)[0]), 3.0]
    assert form != likeness.of([torch.tensor([3.0, float("inf")])])[0]


def test_rounding_is_no_difference():
    """Another order of the same operations gives other last digits, and behaves alike."""
    x = torch.rand(1000, 50, generator=torch.Generator().manual_seed(1)) * 1000
    (form, numbers), (other, known) = likeness.of([x.sum(0) / 3]), likeness.of([x.flip(0).mul(1 / 3).sum(0)])

    assert form == other
    assert likeness._alike(numbers, known)


def test_each_sentence_is_learned_before_another_mutant_of_it():
    """So that few mutants already have many words."""
    found = exercises.of("vectorization")
    every = likeness.chosen(found, found[0], 10_000)
    sentences = {mutant.words[0] for mutant in every}

    assert "as if the addition of {} were missing" in sentences
    assert len(sentences) == len({mutant.words[0] for mutant in every[: len(sentences)]})


def test_words_name_parameters_and_what_is_wrong_alone():
    """What would be right is not given away: no word of the right answer but its parameters."""
    for assignment in exercises.assignments():
        found = exercises.of(assignment)
        for exercise in found:
            parameters = {"with", "if", "not", "="}
            if exercise.right is not None:
                parameters |= set(exercise.right.__code__.co_varnames[: exercise.right.__code__.co_argcount])
            for mutant in likeness.chosen(found, exercise, 10_000):
                names = [value for value in mutant.words[1:] if str(value).startswith("`")]
                assert {name.strip("`") for name in names} <= parameters


@pytest.mark.slow
def test_the_command_learns_once_and_grading_tells(tmp_path):
    """`autograder learn`, then `grade`: the student reads it, the class's page counts it."""
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}  # judges of an earlier test have another
    learned = run("learn", "vectorization", "--mutants", "70", cwd=tmp_path, **cache)
    again = run("learn", "vectorization", cwd=tmp_path, **cache)
    (tmp_path / "class" / "ana").mkdir(parents=True)
    (tmp_path / "class" / "ana" / "vectorization.py").write_text("import torch\n" + OTHER_HALF, "utf-8")
    graded = run("grade", "class", "--out", "results", "--assignment", "vectorization", cwd=tmp_path, **cache)

    last = learned.stdout.splitlines()[-1]
    assert 0 == learned.returncode
    assert "ways to be wrong are known." in last
    assert [last] == again.stdout.splitlines()
    assert 0 == graded.returncode
    assert "It behaves as if `b` were half as large." in (tmp_path / "results" / "results.json").read_text(
        "utf-8"
    )
    assert "were half as large" in (tmp_path / "results" / "index.html").read_text("utf-8")
