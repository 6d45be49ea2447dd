"""The audit: mutants and other programs, told apart by an oracle, and what the checks say of them."""

import inspect
import io
import json
import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from cli_helpers import EXERCISE, LARGE, NAME, RIGHT, run
from cli_helpers import WRONG as WRONG_ANSWER
from hypothesis import strategies as st

from autograder import courses, exercises, wire
from autograder.auditing import gaps, inspection, programs, selfchecks, verdict_cache
from autograder.auditing.auditor import Auditor
from autograder.auditing.mutants import OTHERWISE, WRONG, rewritten
from autograder.auditing.oracle import wider
from autograder.auditing.programs import REFERENCE
from autograder.auditing.verdicts import Declared, Program, Stated, Verdict
from autograder.authoring import Exercise, expect, strategies, tensors
from autograder.authoring.checks import cases_for
from autograder.cli import checking
from autograder.errors import DeclarationError, Ended
from autograder.grading.pool import parallel_map
from autograder.judging import cases, gate
from autograder.judging.run import CheckRunner
from autograder.reading.parsed import ParsedSubmission, Statement
from autograder.settings import Settings

FUNCTION = EXERCISE.function
PARAMETERS = [*inspect.signature(EXERCISE.right).parameters]


@pytest.fixture(scope="module")
def auditor():
    return Auditor(NAME, Settings())


def test_a_tolerance_is_held_beside_the_smallest_fault_that_it_must_show():
    """The widest of all seeds for each edge case; of the drawn ones, that which shows most."""
    exercise = Exercise("double")
    exercise.answer(double)
    given, edge = tensors(x="n", largest=2), tensors(x="3")
    options = {"given": given, "edge_cases": [edge], "cases": 5, "margin": lambda case: (1.0, len(case["x"]))}
    exercise.check(points=1, **options)(doubles)
    drawn = [cases.draw("arithmetic", [exercise], seed) for seed in range(2)]

    found = [(one.case, one.share) for one in gaps.widest([exercise], drawn)]
    assert [("edge case 1", 1 / 3), ("the drawn ones", 1 / 2)] == found


def test_each_case_of_the_kit_shows_the_smallest_fault_of_its_check():
    """No tolerance comes near to what it must show."""
    of = {name: exercises.load(name) for name in courses.names()}
    found = [one for name, some in of.items() for one in gaps.widest(some, [cases.cases_of(name, 1)])]

    assert found
    assert [] == [one for one in found if one.share >= gaps.NARROW]


def double(x):
    return 2 * x


def doubles(f, x):
    """doubles"""
    f(x)


def also_doubles(f, x):
    """doubles a number"""
    f(x)


NOW = verdict_cache.digest_of_sources()


def program(text):
    return Program(NAME, EXERCISE.name, "mutant", "a test", text)


def right_unless(condition):
    """Gives None where this is true of its first argument."""
    words = ", ".join(PARAMETERS)
    text = RIGHT.replace(f"def {FUNCTION}(", "def right(")
    text += f"def {FUNCTION}({words}):\n    x = {PARAMETERS[0]}\n"
    return program(f"{text}    return None if {condition} else right({words})\n")


@pytest.mark.slow
def test_right_and_wrong_are_told_by_a_witness_and_the_share_of_cases_that_show_it(auditor):
    """What is wrong everywhere is seen in all cases; what is wrong for few inputs in fewer."""
    right = auditor.look(right_unless("False"))
    counting = Auditor(NAME, Settings(), shares=True)
    everywhere = counting.look(program(WRONG_ANSWER))
    seldom = counting.look(right_unless("x.sum() > 10"))

    assert ("right accepted", "", {}) == (right.kind, right.witness, right.lost)
    assert ["wrong rejected"] * 2 == [everywhere.kind, seldom.kind]
    assert "expected" in everywhere.witness
    first = EXERCISE.checks[0].name
    assert 0 < seldom.lost[first] < everywhere.lost[first]


@pytest.mark.slow
def test_what_the_checks_miss_is_told(auditor, monkeypatch):
    """The oracle is none of the checks: without these, a wrong program is one that was accepted."""
    monkeypatch.setitem(auditor.judge.checks, EXERCISE.name, [])

    assert "wrong accepted" == auditor.look(program(WRONG_ANSWER)).kind


@pytest.mark.parametrize(("lacking", "gains"), [("{0} - {1}", True), ("{0} + {1}.values", False)])
def test_a_half_answer_gains_points_where_a_change_adds_to_it(auditor, lacking, gains):
    """One that is right with less has all ideas of the exercise."""
    text = f"def {FUNCTION}({', '.join(PARAMETERS)}):\n    return {lacking.format(*PARAMETERS)}\n"
    assert gains is auditor.look(replace(program(text), sort="half")).gains


def test_the_same_mutants_are_made_each_time(judges):
    """An audit can be repeated: which mutants are looked at depends on the sources alone."""
    judge = judges[NAME]
    twice = [programs.mutated(judge, judge.exercises[0], 30, Path("nowhere")) for _ in range(2)]

    assert 30 == len(twice[0]) == len({one.id for one in twice[0]})
    assert twice[0] == twice[1]


def test_the_reference_is_written_as_other_people_write_it():
    """Each is another program, and gives the same."""
    source = "import torch\ndef f(a, b):\n    c = a - b\n    return (c.sum(1) / 2).log()\n"
    _, made = rewritten(source, "f", OTHERWISE)
    a, b, results = torch.full((2, 3), 9.0), torch.ones(2, 3), []
    for text in (source, *made):
        names = {}
        exec(text, names)
        results.append(names["f"](a, b))
    assert [True] * 7 == [torch.allclose(each, results[0]) for each in results]
    for line in ("torch.sub(a, b)", "c.sum(dim=1)", "(c.sum(1) / 2 + 1e-9).log()", "return result"):
        assert any(line in text for text in made), line


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (f"wrong_answers/{NAME}/x.py", f"# wrong: misspelt: x\ndef {FUNCTION}(a): ...\n"),
        (f"wrong_answers/{NAME}/x.py", f"# wrong: {EXERCISE.name}: x\ndef misspelt(a): ...\n"),
        (f"right_answers/{NAME}/x.py", "# in a loop\ndef misspelt(a): ...\n"),
    ],
)
def test_an_answer_to_no_exercise_is_an_error(tmp_path, file, text):
    """A misspelt name does not leave an answer out."""
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(DeclarationError, match=f"{file} answers no exercise .its first line: `{text[:9]}"):
        [*programs.known(exercises.load(NAME), tmp_path)]


def test_an_answer_that_python_cannot_read_is_told(judges, tmp_path):
    """It would not be tried at all: the right answer stands for what a file lacks, beside others too."""
    for kind, text in (("right_answers", f"def {FUNCTION}(a:\n    pass\n"), ("wrong_answers", RIGHT)):
        path = tmp_path / kind / NAME / "x.py"
        path.parent.mkdir(parents=True)
        path.write_text(text)
    told = f"right_answers/{NAME}/x.py, line 1: '(' was never closed. Correct the answer, or remove it."
    assert [told] == [*programs.unread(judges[NAME], {FUNCTION}, tmp_path)]
    path.write_text(f"def other(a):\n    pass\n\ndef {FUNCTION}(a)\n    pass\n\ndef unasked(a)\n    pass\n")
    told = f"wrong_answers/{NAME}/x.py, line 4: expected ':'. Correct the answer, or remove it."
    assert told in [*programs.unread(judges[NAME], {FUNCTION, "other"}, tmp_path)]


def test_what_only_an_oracle_draws_is_listed():
    """By argument: a dtype, a size, how many there are."""
    f = Exercise("f")

    @f.answer
    def right(x, count):
        return x * count

    @f.check(points=1, given=tensors(x="n", also={"count": st.just(1)}))
    def gives_the_product(f, x, count):
        """gives the product"""
        f(x, count)

    wide = tensors(x="12 3", dtype=np.float64, also={"count": st.just(50)})

    @f.oracle(given=wide, cases=5)
    def is_the_product(f, x, count):
        """is the product"""
        f.and_inputs(x, count)

    def prepared(exercise):
        drawn = cases.draw("a", [exercise], 1)
        return [CheckRunner(exercise, check, drawn, Settings()) for check in exercise.checks]

    found = gaps.only_in(prepared(f.altered(checks=f.oracles)), prepared(f))
    lines = {line.partition(" (in ")[0] for line in found}
    assert {"x: float64", "x: 2-dimensional", "x: about 1e1 rows", "count: about 1e1"} <= lines
    assert "x: float32" not in lines
    assert [] == gaps.only_in(prepared(f), prepared(f))


def no_tool():
    return io.BytesIO()


def rejection(one, tool):
    return selfchecks.rejection(one)


@pytest.mark.exhaustive
def test_the_visible_self_check_is_asked_in_processes_of_their_own():
    """In words where it rejects, also one that ends its process; each program has a limit of its own."""
    texts = RIGHT, WRONG_ANSWER, WRONG_ANSWER.replace("return None", "__import__('os')._exit(3)")
    right, wrong, ends = parallel_map(no_tool, rejection, map(program, texts), 2)

    assert "" == right
    assert f"{FUNCTION}: expected" in wrong
    assert "it ended with 3" == ends


def test_the_line_of_an_exercise_says_that_it_has_no_oracle():
    """Without one, "all mutants caught" says only that the checks agree with themselves."""
    f = Exercise("f")
    words = "mutants caught (no oracle: the checks' own inputs decide which are wrong)"
    assert Declared.of(f, is_made=False).counts([]).endswith(words)

    @f.oracle()
    def is_right(f):
        """is right"""

    assert "oracle" not in Declared.of(f, is_made=False).counts([])


def test_a_mutant_that_the_self_check_alone_rejects_is_shown_by_its_change():
    """Not by what it was made from, which is right."""
    one = Program("vectorization", "vector_add", "mutant", REFERENCE, "a[:3]", before="a")
    said = [*declared("vector_add").problems([Verdict(one, "", red="too short")])]
    assert ["The self-check rejects `a` -> `a[:3]` of vector_add: too short"] == said


def declared(name, drawn=None, mistakes=None, oracle=""):
    """What an exercise declares that has these checks, and no others."""
    return Declared(name, {}, drawn or {}, mistakes or {}, oracle)


MARKER = "    ### END SOLUTION\n"


def twice(cells):
    cells.extend([*cells])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (MARKER, "", "lacks the line `### END SOLUTION`"),
        ("### BEGIN SOLUTION", "### BEGIN SOLUTON", "lacks the line `### BEGIN SOLUTION`"),
        ("return a + b", "return (a + b", "line 13: '(' was never closed"),
        ("def vector_add(", "def vectoradd(", "No solution cell of vectorization.ipynb defines `vector_add`"),
        ("(a, b):", "(b, a):", "`vector_add` takes (b, a) in vectorization.ipynb, but (a, b) in the answer"),
        (
            'Error("vector_add")',
            'Error("vectoradd")',
            'with `raise NotImplementedError("vector_add")`',
        ),
        (None, twice, "2 cells of vectorization.ipynb have the grade_id `test_vector_add`"),
    ],
)
def test_what_students_would_get_wrong_of_a_notebook_is_told(tmp_path, monkeypatch, old, new, words):
    """Before a release, in a sentence that names the cell or the function; of the kit's own, nothing."""
    exercise = exercises.load("vectorization")
    path = gate.notebook("solutions", "vectorization")
    tree = json.loads(path.read_text("utf-8"))
    monkeypatch.setattr(gate, "notebook", lambda kind, assignment: tmp_path / path.name)
    (tmp_path / path.name).write_text(json.dumps(tree), "utf-8")
    assert [] == [*inspection.of_notebook(exercise)]
    if old is None:
        new(tree["cells"])
    for cell in tree["cells"]:
        if old and cell["id"] == "vector_add":
            cell["source"] = "".join(cell["source"]).replace(old, new)
    (tmp_path / path.name).write_text(json.dumps(tree), "utf-8")

    assert words in " ".join(inspection.of_notebook(exercise))


def test_a_check_s_questions_are_asked_of_larger_inputs_where_there_is_no_oracle():
    """Of each axis, as far as its strategy says the axes."""
    f = Exercise("f")
    f.answer(double)
    f.check(points=1, given=tensors(x="n"))(doubles)
    f.check(points=1, given=st.just({"x": 1.0}))(also_doubles)

    (check,) = wider(f)
    frame = cases.draw("a", [f.altered(checks=[check])], 1).frames[f"f.{check.name}"]
    assert {1, 2, 3, 7, strategies.LARGE} == {len(case["x"]) for case in wire.opened(frame)}


def test_names_in_prose_that_students_do_not_see_are_found():
    """In backticks, single letters, or with an underscore; no abbreviation, no shape, and no word."""
    text = "Is `out` of y_hat, e.g. it's Z, a tensor (n, 1)? Don't."
    assert ["out", "y_hat", "Z"] == ["".join(pair) for pair in inspection.NAMES.findall(text)]


def test_a_verdict_is_kept_until_what_it_depends_on_changes(tmp_path, monkeypatch):
    """An earlier one is given without a judge; that of another text, or by other settings, is not."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    one, other = program("x = 1"), program("x = 2")
    asked = []

    def ask(some, settings=""):
        key = verdict_cache.keys(NAME, [EXERCISE], ParsedSubmission(), settings)
        found = verdict_cache.verdicts(NAME, [(key(each), each) for each in some], judged(asked), NOW)
        return [verdict.program for verdict in found]

    assert [one] == ask([one])
    assert [other, one] == ask([other, one])
    assert [one, other] == asked
    ask([one], settings="others")
    assert [one, other, one] == asked


def keys_of(some, reference):
    """The key of each program, beside this reference."""
    key = verdict_cache.keys(LARGE, exercises.load(LARGE), reference)
    return [key(one) for one in some]


def test_a_key_says_whose_program_it_is():
    """The stub is a program of each exercise, also where one file declares several of them."""
    some = [Program(LARGE, exercise.name, "stub", "the stub", "x = 1") for exercise in exercises.load(LARGE)]
    assert len(some) == len({*keys_of(some, ParsedSubmission())})


def test_a_key_depends_on_the_reference_of_its_own_function_alone():
    """It decides what an oracle may say, and another function's does not."""
    some = [Program(LARGE, one.name, "mutant", "a test", "x = 1") for one in exercises.load(LARGE)[:2]]
    answers = [Statement("file", 1, f"{some[0].exercise} = {number}") for number in (1, 2)]
    one, other = (keys_of(some, ParsedSubmission((each,), {some[0].exercise: (0,)})) for each in answers)
    assert (True, False) == (one[1] == other[1], one[0] == other[0])


def test_a_verdict_on_files_that_changed_meanwhile_is_not_kept(tmp_path, monkeypatch):
    """It may be that of checks as they were before an author saved."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    asked, some = [], [("key", program("x = 1"))]
    for sources in ("earlier", NOW, NOW):
        assert 1 == len([*verdict_cache.verdicts(NAME, some, judged(asked), sources)])
    assert 2 == len(asked)


def judged(asked):
    """Gives what judges some programs, and says which."""

    def judge(some):
        asked.extend(some)
        return (Verdict(each, "wrong", {"c": 1.0}) for each in some)

    return judge


def test_two_programs_of_one_text_get_a_verdict_each(tmp_path, monkeypatch):
    """An author may have copied a file: the second takes no verdict of the next one's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first, last = program("x = 1"), program("x = 2")
    some = [first, replace(first, origin="copy"), last]
    for _ in range(2):  # anew, and as it was kept
        found = verdict_cache.verdicts(NAME, [(one.text, one) for one in some], judged([]), NOW)
        assert some == [verdict.program for verdict in found]


def test_the_self_check_s_names_are_read_in_a_process_of_their_own(tmp_path):
    """Or the line at which it cannot be imported."""
    path = tmp_path / "test_x.py"
    path.write_text("test_a = test_b = 1\n")
    assert "test_a test_b" == selfchecks.names(path)
    path.write_text("x = 1\nx.y\n")
    assert "line 2: 'int' object has no attribute 'y'" == selfchecks.names(path)


@pytest.mark.parametrize(("seen", "drawn", "thin"), [(3, 40, [178]), (12, 147, []), (9, 147, [])])
def test_a_check_with_too_few_cases_is_told_but_not_for_a_few_more_or_less(seen, drawn, thin):
    """Of 40 cases 3 showed it.  Of 147, which 9 in 100 ask for, as few as 9 may have shown it by chance."""
    mutant = Program("a", "f", "mutant", "x", "")
    lost = {"one": seen / drawn}, {}, {"one": 0.01, "two": 1.0}
    looked = [Verdict(mutant, "w", one) for one in lost]
    found = " ".join(declared("f", drawn={"one": drawn, "two": drawn}).problems(looked))

    assert thin == [int(number) for number in re.findall(r"needs (\d+)\.", found)]
    assert 0.9 ** cases_for(0.1) < 1e-6 < 0.9 ** (cases_for(0.1) - 1)


@pytest.mark.parametrize(("is_random", "needs"), [(True, [290]), (False, [])])
def test_a_mistake_in_a_random_function_needs_enough_cases_in_each_check(is_random, needs):
    """Of one that answers alike each time, a run with shares looks at mutants alone."""
    mistake = Program("a", "f", "mistake", "x", "")
    looked = [Verdict(mistake, "w", {"one": 0.0466, "two": 1.0}, is_random=is_random)]
    stated = {"x": Stated("f.py", frozenset({"one", "two"}), False)}
    said = " ".join(declared("f", {"one": 100, "two": 100}, stated).problems(looked))
    assert needs == [int(number) for number in re.findall(r"needs (\d+)\.", said)]


def test_a_failing_reference_is_told_alone_without_what_was_made_of_it():
    """Thirty changes of it fail alike; and what objects to right answers is no oracle."""
    f = declared("f", oracle="no oracle")
    reference = Verdict(
        Program("a", "f", "reference", REFERENCE, "x"), "", {"c": 1.0}, why="expected 1, got 2"
    )
    styled = Verdict(Program("a", "f", "right", REFERENCE, "y", before="x"), "", {"c": 1.0})
    assert ['The reference solution fails "c": expected 1, got 2'] == [
        *f.problems(f.trusted([reference, styled]))
    ]
    right = Verdict(Program("a", "f", "right", "x.py", "x"), "it objects")
    mutant = Verdict(Program("a", "f", "mutant", REFERENCE, "y", before="x"), "it objects")
    assert [] == [*f.problems(f.trusted([right, mutant]))]
    assert 1 == len([*f.problems(f.trusted([replace(right, witness=""), mutant]))])


def test_an_oracle_skips_what_it_says_of_the_reference(monkeypatch):
    """A mutant is not wrong for that; what is wrong elsewhere still is."""
    odd = right_unless("0 < x.abs().sum() < 1e-2")  # which no check draws
    monkeypatch.setattr(gate, "reference", lambda assignment: odd.submission)
    monkeypatch.setattr(selfchecks, "rejection", lambda one: "")
    auditor = Auditor(NAME, Settings())
    assert "" == auditor.look(odd).witness
    assert "expected" in auditor.look(program(WRONG_ANSWER)).witness
    assert "expected" in auditor.look(replace(odd, sort="reference")).witness


def ends(f, *args, **inputs):
    """ends the worker"""
    f(*args, **inputs)
    raise Ended("gone")


def ends_later(f, *args, **inputs):
    """objects to small inputs, and ends the worker for large ones"""
    objects(f, *args, **inputs) if cases.size(inputs) < 200 else ends(f, *args, **inputs)


def objects(f, *args, **inputs):
    """asks twice, and objects"""
    f(*args, **inputs)
    f(*args, **inputs)
    raise expect.Difference("expected something else")


ORACLE = replace(next(oracle for oracle in EXERCISE.oracles if oracle.is_drawn), cases=30, edge_cases=())


@pytest.mark.parametrize(
    "oracle",
    [
        replace(ORACLE, name="ends", body=ends),
        replace(ORACLE, name="ends_later", body=ends_later),
        replace(ORACLE, name="sequential", body=objects, sequential=True),
        replace(ORACLE, name="objects", body=objects),
    ],
    ids=lambda oracle: oracle.name,
)
def test_the_checks_stand_for_an_oracle_that_objects_to_all_of_the_reference(monkeypatch, oracle):
    """Also where no case of it can be told from another; a line says so."""
    monkeypatch.setattr(EXERCISE, "oracles", [oracle])
    monkeypatch.setattr(selfchecks, "rejection", lambda one: "")
    with closing(Auditor(NAME, Settings())) as auditor:
        looked = [auditor.look(replace(program(text), sort=sort)) for sort, text in STANDING]
    assert ["right accepted", "right accepted", "wrong rejected"] == [one.kind for one in looked]
    assert looked[0].witness.endswith(f'. The checks stand for "{oracle.title}"')


def raises(f, *args, **inputs):
    """multiplies what does not fit"""
    f(*args, **inputs)
    torch.ones(2) @ torch.ones(3)


def test_an_oracle_that_raises_for_the_reference_is_an_error_of_its_author(monkeypatch):
    """Each mutant would be called wrong, and none be told from a right one."""
    monkeypatch.setattr(EXERCISE, "oracles", [replace(ORACLE, name="raises", body=raises)])
    words = f"oracle `raises` of `{EXERCISE.name}` raises RuntimeError for the reference: .* Correct it."
    with closing(Auditor(NAME, Settings())) as auditor, pytest.raises(DeclarationError, match=words):
        auditor.look(program(WRONG_ANSWER))


STANDING = ("reference", RIGHT), ("mutant", RIGHT), ("mutant", WRONG_ANSWER)


def test_an_oracle_with_the_cases_of_another_skips_what_it_says_of_the_reference(monkeypatch):
    """As one does that draws its own."""
    monkeypatch.setattr(selfchecks, "rejection", lambda one: "")
    shared = {"same_cases_as": [ORACLE.body], "name": "alike"}
    monkeypatch.setattr(EXERCISE, "oracles", [ORACLE, replace(ORACLE, body=objects_to_zeros, **shared)])
    with closing(Auditor(NAME, Settings())) as auditor:
        assert "zeros" in auditor.look(replace(program(RIGHT), sort="reference")).witness
        assert "" == auditor.look(program(RIGHT)).witness


def objects_to_zeros(f, *args, **inputs):
    """objects to zeros"""
    value = f(*args, **inputs)
    if any(not tensor.any() for tensor in inputs.values()):
        raise expect.Difference(f"no zeros, but {value}")


def test_an_oracle_asks_in_a_new_sandbox_after_a_submission_ended_the_first(auditor):
    """The judge starts another for its next submission."""
    auditor.look(program(WRONG_ANSWER))
    auditor.judge.close()
    assert "wrong rejected" == auditor.look(program(WRONG_ANSWER)).kind


def test_judges_of_an_assignment_end_when_another_is_looked_at():
    """Of a course's twenty, each process keeps the judges of one."""
    auditors = checking._auditors(Settings(), 1, False)
    auditor = auditors(NAME)
    assert auditor is auditors(NAME)
    template = auditor.judge.sandbox.template
    auditors(LARGE)
    assert -1 == template.control.fileno()
    assert auditor is not auditors(NAME)


def test_what_answer_and_reference_differ_in_is_remarked_and_is_no_problem():
    """Both are right, so an author's oracle skips it; of one that was made, it is no oracle at all."""
    reference = Verdict(Program("a", "f", "reference", REFERENCE, "x"), "expected 1, got 0.5")
    assert [] == [*declared("f").problems([reference])]
    (line,) = declared("f").remarks([reference])
    assert line.endswith("so the oracle skips such inputs: expected 1, got 0.5")
    assert [] == [*declared("f", oracle="no oracle").remarks([reference])]


def test_a_name_that_is_not_there_is_said(tmp_path):
    """One line that lists those that there are."""
    done = run("check", "nowhere", cwd=tmp_path)

    assert 2 == done.returncode
    assert f"No assignment 'nowhere'. Choose one of {', '.join(courses.names())}" in done.stderr


@pytest.mark.exhaustive
def test_a_verdict_that_changes_with_the_seed_is_told():
    """What is wrong for one sum alone is right by some seeds' cases."""
    found = Auditor(NAME, Settings(), seeds=8).look(right_unless("x.sum() == 3.25"))
    assert 0 < len(found.seeds) < 8


SOURCE = '''
import torch

def step(params, lr, batch_size):
    """What it does."""
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / batch_size
    return params
    raise NotImplementedError("step")
'''


@pytest.fixture(scope="module")
def made():
    return rewritten(SOURCE, "step", WRONG)


@pytest.mark.filterwarnings("ignore::SyntaxWarning")  # a list that is called: a mutant, and wrong for sure
def test_each_is_another_program_that_compiles(made):
    """No text comes twice, none is the original, and each is Python."""
    before, texts = made

    assert len({before, *texts}) == len(texts) + 1 > 300
    assert all(compile(text, "mutant", "exec") for text in texts)


@pytest.mark.parametrize(
    "line",
    [
        "p = p - lr * p.grad / batch_size",
        "for p in list(params)[1:]:",
        "p -= lr * p.grad / min(batch_size, 100)",
        "lr = _global('lr', lr)",
        "torch.set_grad_enabled(False)",
    ],
)
def test_what_students_do_is_among_them(made, line):
    """A slip of each sort is made."""
    before, texts = made

    assert any(f"`{line}`" in Program("", "", "mutant", "", text, before=before).change for text in texts)
