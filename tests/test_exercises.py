"""The hidden exercises: found by their folders, each saying all that it must, with cases that
tell.
"""

import functools
import re
import sys
import textwrap
from collections import Counter
from pathlib import Path

import pytest
import torch
from file_helpers import table

from autograder import courses, exercises, wire
from autograder.authoring import DeclarationError
from autograder.judging import cases
from autograder.settings import PUBLIC_SEED

ROOT = Path(__file__).resolve().parent.parent
ASSIGNMENTS = courses.names()
FOUND = [exercise for name in ASSIGNMENTS for exercise in exercises.load(name)]
CHECKS = [check for exercise in FOUND for check in exercise.checks]


@functools.cache
def cases_of(assignment):
    """Its cases: drawn here, where an earlier run did not keep them."""
    return cases.cases_of(assignment, PUBLIC_SEED)


# Folders are all that says which assignments there are.

SOURCE = """
    from autograder.authoring import Exercise, expect, tensors

    {name} = Exercise("{name}"{more})


    @{name}.answer
    def right(x):
        return {factor} * x


    @{name}.check(points={points}, given=tensors(x="n"))
    def is_right(f, x):
        \"\"\"is right\"\"\"
        expect.agreement(f, right, x)


    @{name}.mistake(fails=[is_right], says="You give it back.")
    def gives_it_back(x):
        return x
"""


def source(name="double", factor=2, points=1, more=""):
    return textwrap.dedent(SOURCE).format(**locals())


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """A course with assignments of its own; forgotten afterwards."""
    place = tmp_path / courses.EXERCISES
    place.mkdir()
    monkeypatch.setenv(courses.VARIABLE, str(tmp_path))
    monkeypatch.setattr(exercises, "__path__", [*exercises.__path__])
    before = set(sys.modules)

    def written(assignment, **files):
        (place / assignment).mkdir()
        for name, text in files.items():
            (place / assignment / f"{name}.py").write_text(text)

    yield written
    for name in set(sys.modules) - before:
        if name.startswith("autograder.exercises."):
            del sys.modules[name]
            vars(exercises).pop(name.split(".")[2], None)


def slip(assignment):
    with pytest.raises(DeclarationError) as caught:
        exercises.load(assignment)
    return str(caught.value)


def test_a_folder_is_an_assignment(folders):
    """Its files hold exercises, or none, which come by their names without a notebook."""
    text = (
        source("treble")
        + "\n\nfrom autograder.exercises.zz_files.double import double\n"
    )
    folders(
        "zz_files",
        double=source() + source("again"),
        helpers="HALF = 0.5\n",
        treble=text,
    )
    assert "zz_files" in courses.names()
    found = exercises.load("zz_files")
    assert [one.name for one in found] == ["again", "double", "treble"]
    assert [one.assignment for one in found] == ["zz_files"] * 3
    assert exercises.load("zz_files") == found


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"one": source(), "other": source(factor=3)},
            "`double` of zz_refused is declared twice. Rename one of the exercises.",
        ),
        (
            {
                "empty": 'from autograder.authoring import Exercise\n\nempty = Exercise("empty")\n'
            },
            "`empty` has no check. Declare one below it.",
        ),
        (
            {"helpers": "HALF = 0.5\n"},
            "No file in exercises/zz_refused/ declares an exercise. Add one.",
        ),
    ],
    ids=["one name twice", "no check", "no exercise"],
)
def test_what_would_be_worth_nothing_or_hide_another_is_refused(
    folders, files, message
):
    """In silence, nobody would see it."""
    folders("zz_refused", **files)
    assert slip("zz_refused") == message


# What slips may use.
HEAD = """
import torch
from autograder.authoring import OWN, RECORDED, Exercise

TENSOR = torch.ones(2)
@torch.no_grad()
def without_history(x):
    return 3 * x

other = Exercise("other")
"""
WHERE = "check `is_right` of `double`"
# An old text (or nothing: what comes below it), a new one, and what its author reads.
SLIPS = table(rf'''
    """is right"""\n -> - -> {WHERE} has no docstring. Write the claim that it checks.
points=1 -> points=0 -> {WHERE} is worth 0 points. Write a positive number.
- -> double.check(points=1)(is_right)\n -> {WHERE} is declared twice. Rename one of them.
fails=[is_right] -> fails=[right] -> mistake `gives_it_back` of `double` must fail checks that are declared above it. These are not: right.
says="You give it back." -> says=" " -> mistake `gives_it_back` of `double` has no message. Write what the student should read.
- -> double.style("2 * x", "x + x")\n -> style `x + x` of `double` must be above all mistakes. Move it.
- -> double.mistake("goes_wrong", "You go wrong.", fails=[is_right]).replace("x", "")\n -> mistake `goes_wrong` of `double` replaces `x`, which occurs 2 times in the right answer. Write a text that occurs once.
- -> double.mistake("goes_wrong", "You go wrong.", fails=[is_right]).replace("* x", "*")\n -> mistake `goes_wrong` of `double` turns the right answer into invalid Python (invalid syntax). Correct the new text.
- -> other(3)\n -> `other` has no answer yet. Declare its answer before the code that calls it.
- -> whole = Exercise("whole", parts=[double])\nwhole.doubles(third=OWN)\n -> The doubles of `whole` name `third`, which is not a part. Its parts are double.
return 2 * x -> return other(x) -> the answer `right` of `double` calls `other`, which is not one of its parts. Add it to parts=.
return 2 * x -> return TENSOR -> the answer `right` of `double` uses `TENSOR` of its file, which a worker does not have. Define it inside the function.
return 2 * x -> return without_history(x) -> the answer `right` of `double` uses `without_history` of its file, which a worker does not have. Define it inside the function.
return 2 * x -> return expect.shape(x) -> the answer `right` of `double` uses `expect` of its file, which a worker does not have. Define it inside the function.
- -> def passes_itself(f, x):\n    return f(f, x)\n\ndouble.probe(passes_itself)\n -> probe `passes_itself` of `double` must be a function of a file that imports nothing of the kit or of the course, such as probes.py, because a worker gets that file alone. Move it there.
''')


@pytest.mark.parametrize(
    ("old", "new", "words"), SLIPS, ids=[words[-60:] for *_, words in SLIPS]
)
def test_a_slip_raises_at_import_in_one_sentence(folders, old, new, words):
    """It says where the slip is and what to write."""
    text = HEAD + source()
    assert not old or text.count(old) == 1
    folders(
        "zz_slip", double=text.replace(old, new) if old else f"{text}\n\n{new}"
    )
    assert re.fullmatch(
        rf"double\.py, line \d+: {re.escape(words)}", slip("zz_slip")
    )


MORE = """
    from autograder.exercises.{folder}.double import double, is_right


    @double.mistake(fails=[is_right], says="You triple.")
    def triples(x):
        return 3 * x
"""


def test_a_slip_in_a_file_disturbs_its_own_assignment_alone(folders):
    """Its sentence names the file, again and again until it is mended; so does a file that is
    no Python.
    """
    more = (
        MORE.format(folder="zz_more")
        + '\n\n    double.mistake("says_nothing", fails=[is_right])(triples)\n'
    )
    folders("zz_more", double=source(), double_mistakes=textwrap.dedent(more))
    folders("zz_broken", double=source(), broken="def (:\n")
    folders("zz_sound", double=source())
    words = "mistake `says_nothing` of `double` has no message. Write what the student should read."
    assert [
        slip("zz_more"),
        slip("zz_more"),
    ] == [f"double_mistakes.py, line 10: {words}"] * 2
    assert (
        slip("zz_broken")
        == "broken.py, line 1: SyntaxError: invalid syntax (broken.py, line 1)"
    )
    assert [one.name for one in exercises.load("zz_sound")] == ["double"]
    assert [
        one for name in ASSIGNMENTS for one in exercises.load(name)
    ] == FOUND


# The kit's own exercises.


def test_every_check_says_what_it_must():
    """A title that goes on after the exercise's name, and is not said twice; hints end as
    sentences.
    """
    for check in CHECKS:
        assert re.fullmatch(r"[a-z].{,99}(?<!\.)", check.title), check.title
    for one in FOUND:
        assert len(one.checks) == len({check.title for check in one.checks})
        assert all(hint[-1] in ".?)" for hint in one.hints.values())


def squeezed(text):
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("one", FOUND, ids=lambda one: one.name)
def test_no_hint_is_the_answer(one):
    """Nor is what is said of a mistake: neither its whole code, nor its body."""
    body = squeezed(one.right_source.partition(":\n")[2])
    words = [*one.hints.values()] + [mistake.says for mistake in one.mistakes]
    assert body
    for text in words:
        assert squeezed(text) != squeezed(one.right_source)
        assert body not in squeezed(text)
        assert body.removeprefix("return") != squeezed(text).strip("`.?")


def test_every_check_draws_many_cases_but_trainings():
    """At least 40 of what is cheap; one check at most is measured, and draws nothing."""
    for owner in FOUND:
        for check in owner.checks:
            least = 10 if owner.parts else 40
            if not check.same_cases_as and not check.sequential:
                assert check.cases - len(check.edge_cases) >= least, check.name
        assert sum(check.sequential for check in owner.checks) <= 1


def test_cases_are_many_and_distinct_and_cross_the_wire():
    """As many as the check asks for, none twice; none loses a part on its way to a judge, or
    is nan.
    """
    for owner, check in ((e, check) for e in FOUND for check in e.checks):
        if check.given is None or check.same_cases_as:
            continue
        found = wire.opened(
            cases_of(owner.assignment).frames[f"{owner.name}.{check.name}"]
        )
        assert len(found) == check.cases, check.name
        drawn = found[len(check.edge_cases) :]
        seen = Counter(map(wire.pack, found))
        assert len({*map(wire.pack, drawn)}) == len(drawn), check.name
        twice = [
            case for case in found if seen[wire.pack(case)] > 1
        ]  # an edge case that was drawn, too
        assert all(
            value.numel() == 1 for case in twice for value in case.values()
        ), check.name
        for value in (value for case in found for value in case.values()):
            assert not isinstance(value, wire.Other)
            if isinstance(value, torch.Tensor):
                assert value.is_contiguous()
                assert not value.double().isnan().any()
