"""What `autograder check` tries, and what it says of it."""

import ast
import json
import re
from contextlib import closing

import pytest
from cli_helpers import EXERCISE, NAME, RIGHT
from cli_helpers import WRONG as WRONG_ANSWER
from file_helpers import table, write_files

from autograder import courses, exercises
from autograder.auditing import auditor as auditing
from autograder.auditing import inspection, programs, selfchecks
from autograder.auditing.auditor import Auditor
from autograder.auditing.programs import Program
from autograder.errors import DeclarationError
from autograder.judging import gate
from autograder.settings import Settings

FUNCTION = EXERCISE.function
CHECKS = [check.name for check in EXERCISE.checks]


@pytest.fixture(scope="module")
def auditor():
    with closing(Auditor(NAME, Settings())) as auditor:
        yield auditor


def program(kind, text, name="x.py"):
    return Program(EXERCISE.name, kind, name, text)


RIGHT_FAILS = (
    f'x.py is right, and fails "{CHECKS[0]}": expected a tensor, got None'
)
WRONG_PASSES = (
    "x.py is wrong, and passes every check. Draw a case that it gets wrong, or"
)


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("right", RIGHT, ""),
        ("right", WRONG_ANSWER, RIGHT_FAILS),
        ("wrong", WRONG_ANSWER, ""),
        ("wrong", RIGHT, WRONG_PASSES),
        ("mutant", RIGHT, ""),
    ],
)
def test_an_author_s_program_is_told_if_the_checks_disagree(
    auditor, kind, text, words
):
    """With what the checks say of a right one."""
    problem = auditor.look(program(kind, text)).problem
    assert problem.startswith(words)
    assert bool(problem) == bool(words)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        ({"broken": (frozenset(CHECKS[:1]),)}, "Write fails="),
        ({"is_unknown": True}, ": write fails=["),
        ({"sources": ("",)}, "breaks no check, so it is none"),
    ],
)
def test_a_mistake_that_is_not_as_declared_is_told(
    auditor, monkeypatch, change, words
):
    """What it fails is printed, to paste."""
    exercise = auditor.exercises[EXERCISE.name]
    mistake = next(m for m in exercise.mistakes if len(m.fails) == len(CHECKS))
    changed = type(mistake)(**vars(mistake) | change)
    monkeypatch.setattr(exercise, "mistakes", [changed])
    problem = auditor.look(next(programs.mistakes(exercise))).problem
    assert words in problem
    assert bool(problem) == bool(words)


def test_mutants_differ_in_more_than_words(auditor):
    """What a docstring says fails no check, so nobody is asked about it."""
    made = programs.mutants(auditor.judge, EXERCISE, gate.reference(NAME), 1000)
    trees = {ast.dump(ast.parse(program.text)) for program in made}
    assert len(made) == len(trees)
    assert not [program.name for program in made if '"""' in program.name]


def test_nobody_is_asked_about_a_change_that_is_among_the_answers(auditor):
    """Whether it is right stands there, whatever its comments and spaces are."""
    made = programs.mutants(auditor.judge, EXERCISE, gate.reference(NAME), 1000)
    answer = program("right", f"# Written anew.\n{made[0].text}")
    again = programs.mutants(
        auditor.judge, EXERCISE, gate.reference(NAME), 1000, [answer]
    )
    assert again == made[1:]


def test_a_right_answer_that_is_slow_is_told_and_not_waited_for(
    auditor, monkeypatch
):
    """Each of its cases asks it several times, in silence."""
    monkeypatch.setattr(auditing, "RIGHT_SECONDS", 0.01)
    words = "takes more than 0.01 s for all cases. Make it faster, or draw fewer or smaller cases."
    assert (
        words in auditor.look(program("reference", f"{RIGHT}# anew\n")).problem
    )


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (
            f"wrong_answers/{NAME}/x.py",
            f"# wrong: misspelt: x\ndef {FUNCTION}(a): ...\n",
        ),
        (
            f"wrong_answers/{NAME}/x.py",
            f"# wrong: {EXERCISE.name}: x\ndef misspelt(a): ...\n",
        ),
        (f"right_answers/{NAME}/x.py", "# in a loop\ndef misspelt(a): ...\n"),
    ],
)
def test_an_answer_to_no_exercise_is_an_error(
    judges, tmp_path, monkeypatch, file, text
):
    """A misspelt name does not leave an answer out."""
    write_files(tmp_path, {file: text})
    monkeypatch.setattr(courses, "folder", tmp_path.joinpath)
    with pytest.raises(
        DeclarationError,
        match=f"{file} answers no exercise .its first line: `{text[:9]}",
    ):
        programs.answers(judges[NAME])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    table(r"""
-                      -> -              -> -
\n    ### END SOLUTION -> -              -> lacks the line `### END SOLUTION`
### BEGIN SOLUTION     -> ### BEGIN      -> lacks the line `### BEGIN SOLUTION`
return a + b           -> return (a + b  -> -
(a, b):                -> (b, a):        -> `vector_add` takes (b, a) in vectorization.ipynb, but
"""),
)
def test_what_students_would_get_wrong_of_a_notebook_is_told(
    tmp_path, monkeypatch, old, new, words
):
    """Before a release, in a sentence that names the cell or the function."""
    tree = json.loads(gate.reference("vectorization").text)
    path = tmp_path / "vectorization.ipynb"
    monkeypatch.setattr(gate, "notebook", lambda kind, assignment: path)
    for cell in tree["cells"]:
        if cell["id"] == "vector_add":
            cell["source"] = "".join(cell["source"]).replace(old, new)
    path.write_text(json.dumps(tree))
    problems = [*inspection.of_notebook(exercises.load("vectorization"))]
    assert words in " ".join(problems)
    assert bool(problems) == bool(words)


SELF_CHECK = """
from selfcheck import Wrong, entry_points, visible
import torch
from hypothesis import strategies as st

two = st.just({{"a": torch.ones(2), "b": torch.ones(2)}})

@visible(two)
def is_two(vector_add, a, b):
    \'\'\'gives two\'\'\'
    if vector_add(a, b).tolist() != [2.0, {two}]:
        raise Wrong("expected two")

@visible(two)
def runs(vector_add, a, b):
    \'\'\'runs\'\'\'
    {body}

PROPERTIES = {{{names}}}
check, tests = entry_points(__file__, PROPERTIES)
globals().update(tests)
"""
BODY = "if vector_add(a, b) is None: raise Wrong('none')"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        (
            {"two": 3},
            r"The self-check rejects x.py of vector_add: gives two: .*expected two",
        ),
        (
            {"body": "vector_add(a, b)"},
            "The self-check accepts lazy answers in vector_add: runs. Claim more.",
        ),
        (
            {"names": '"other": [is_two, runs]'},
            "lacks vector_add, and has other beside the exercises",
        ),
        (
            {"body": "pass\n\nx.y"},
            "test_vectorization.py cannot be imported. line 19: .*'x' is not defined",
        ),
    ],
    ids=["right", "rejects", "lazy", "names", "import"],
)
def test_the_self_check_accepts_what_is_right_and_rejects_something(
    tmp_path, monkeypatch, change, words
):
    """Each of its claims, in one pytest; what cannot be imported is told with its line."""
    names = '"vector_add": [is_two, runs]'
    values = {"two": 2.0, "body": BODY, "names": names} | change
    folder = tmp_path / "solutions/vectorization"
    shared = courses.folder(courses.SOLUTIONS) / "selfcheck.py"
    files = {"test_vectorization.py": SELF_CHECK.format(**values)}
    write_files(folder, files | {"../selfcheck.py": shared.read_bytes()})
    monkeypatch.setattr(courses, "folder", lambda kind, assignment="": folder)
    (exercise,) = exercises.load("vectorization")
    right = Program("vector_add", "reference", "x.py", exercise.right_source)
    tried = [right, *programs.lazy(exercise), *programs.mistakes(exercise)]
    told = " ".join(selfchecks.problems("vectorization", ["vector_add"], tried))
    assert re.search(words, told)
    assert bool(told) == bool(words), told
