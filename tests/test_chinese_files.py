"""The Chinese notebooks and self-checks beside the English ones: the same code, ids and points."""

import ast
import json
import os
import re
import shutil
import sys
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from cli_helpers import NAME, run
from course_helpers import ROOT
from process_helpers import ran

from autograder import courses
from autograder.intake import released

CHINESE = ROOT / "zh"
KINDS = courses.SOLUTIONS, courses.ASSIGNMENTS
ASSIGNMENTS = courses.names()
NOTEBOOKS = [f"{kind}/{name}/{name}.ipynb" for kind in KINDS for name in ASSIGNMENTS]
PROGRAMS = [f"{kind}/{name}/test_{name}.py" for kind in KINDS for name in ASSIGNMENTS]
SELF_CHECK = ROOT / "solutions" / "selfcheck.py"
FORMULA = r"\$\$[^$]+\$\$|\$[^$]+\$|`[^`]+`"
FIELD = r"\{[^{}]*\}"
HAN = re.compile("[\u4e00-\u9fff]")


def cells_of(path: Path) -> list[dict]:
    """Return the cells of a notebook, with their sources as one text each."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return [cell | {"source": "".join(cell["source"])} for cell in cells]


def code_of(source: str) -> str:
    """Return what a program does: its code without comments and the words of its texts."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            fields = [
                part for part in node.values if isinstance(part, ast.FormattedValue)
            ]
            node.values = sorted(
                fields, key=ast.dump
            )  # another language has another order
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


def formulas_of(text: str) -> set[str]:
    """Return what is between dollars or backticks, except a fence of code."""
    return {re.sub(r"\s+", " ", formula) for formula in re.findall(FORMULA, text)}


def facts_of(cell: dict) -> dict:
    """Return all of a cell but its text: id, kind, grade_id, points, tags."""
    facts = json.loads(json.dumps(cell | {"source": ""}))
    facts["metadata"].get("nbgrader", {}).pop("checksum", None)
    return facts


@pytest.mark.parametrize("file", NOTEBOOKS)
def test_a_chinese_notebook_differs_from_the_english_one_only_in_what_is_read(file):
    """Ids, points, code and formulas are the same; prose and the docstrings of stubs are
    Chinese.
    """
    english, chinese = cells_of(ROOT / file), cells_of(CHINESE / file)
    assert [*map(facts_of, english)] == [*map(facts_of, chinese)]
    for cell, other in zip(english, chinese, strict=True):
        is_prose = cell["cell_type"] == "markdown"
        if is_prose:
            assert formulas_of(cell["source"]) == formulas_of(other["source"]), cell[
                "id"
            ]
        else:
            assert code_of(cell["source"]) == code_of(other["source"]), cell["id"]
        is_stub = cell["metadata"].get("nbgrader", {}).get("solution")
        if is_prose or is_stub:
            assert HAN.search(other["source"]), cell["id"]


@pytest.mark.parametrize("file", PROGRAMS)
def test_a_chinese_self_check_differs_only_in_its_texts(file):
    """Its checks, inputs and limits are those of the English one; each claim is Chinese."""
    english, chinese = ((place / file).read_text("utf-8") for place in (ROOT, CHINESE))
    assert code_of(english) == code_of(chinese)
    assert 'language="en"' in english
    assert 'language="zh"' in chinese
    for node in ast.walk(ast.parse(chinese)):
        is_claim = isinstance(node, ast.FunctionDef) and "visible(" in ast.unparse(
            node.decorator_list
        )
        assert not is_claim or HAN.search(ast.get_docstring(node)), node.name


def test_all_self_checks_share_one_file_with_both_languages():
    """Each of its sentences has its Chinese, with the same names in braces, and no other one
    has.
    """
    source = SELF_CHECK.read_text("utf-8")
    for name in ASSIGNMENTS:
        for place in (ROOT, CHINESE):
            assert SELF_CHECK.samefile(place / "solutions" / name / "selfcheck.py")
            assert source == (place / "assignments" / name / "selfcheck.py").read_text(
                "utf-8"
            )
    tree = ast.parse(source)
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    said = {
        call.args[0].value for call in calls if getattr(call.func, "id", "") == "say"
    }
    (table,) = (
        node for node in tree.body if ast.unparse(node).startswith("CHINESE = ")
    )
    sentences = ast.literal_eval(table.value)
    assert said == sentences.keys()
    for english, chinese in sentences.items():
        assert {*re.findall(FIELD, english)} == {*re.findall(FIELD, chinese)}


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_an_untouched_chinese_notebook_is_blank(name):
    """As it was released, and as Jupyter exports it as a program."""
    notebook = (CHINESE / "assignments" / name / f"{name}.ipynb").read_text("utf-8")
    code = [
        cell["source"]
        for cell in cells_of(CHINESE / f"assignments/{name}/{name}.ipynb")
    ]
    program = "\n\n".join(
        text for text in code if not text.startswith(("#", "*")) and "def " in text
    )
    known = released.release_of(name)
    for text, suffix in ((notebook, ".ipynb"), (program, ".py")):
        assert frozenset() == known.written(released.pieces(text, suffix))


def test_a_chinese_course_gets_the_chinese_files(tmp_path):
    """By `add`, which nbgrader then releases, and by `release`; the command line itself is
    English.
    """
    assert 0 == run("init", "--language", "zh", cwd=tmp_path).returncode
    assert 0 == run("release", NAME, cwd=tmp_path).returncode
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    done = run("add", NAME, cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    for kind in KINDS:
        for path in (CHINESE / kind / NAME).glob("*.*"):
            assert (
                path.read_bytes() == (tmp_path / kind / NAME / path.name).read_bytes()
            )
    assert run("grade", "--help", cwd=tmp_path).stdout.startswith(
        "Usage: autograder grade"
    )
    wrong = "autograder: No such option: --nope. See `autograder grade --help`.\n"
    assert wrong == run("grade", "--nope", cwd=tmp_path).stderr


PROGRAM = """
from test_vectorization import check
vector_add = lambda a, b: a + b
check("vector_add")
for vector_add in (lambda a, b: a, lambda a, b: a + b.T + nothing):
    try:
        check("vector_add")
    except AssertionError as error:
        print("\\n".join(error._render_traceback_()))
"""


@pytest.mark.slow
def test_a_chinese_self_check_speaks_chinese(tmp_path):
    """By its files alone: a student has nothing of ours."""
    folder = CHINESE / "assignments" / "vectorization"
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = ran(sys.executable, "-c", PROGRAM, cwd=folder, env=environment)
    assert "vector_add：3 项可见的检查全部通过。" == done.stdout.splitlines()[0], (
        done.stderr
    )
    assert "AssertionError: vector_add：应为 [" in done.stdout
    assert (
        "    （检查：按元素相加，形状和 dtype 与 a、b 相同）"
        in done.stdout.splitlines()
    )
    assert "它抛出了 NameError：name 'nothing' is not defined" in " ".join(
        done.stdout.split()
    )
    assert "expected" not in done.stdout


def chinese_in(catalogue: Path) -> dict[object, object]:
    """Return sentence -> its Chinese, of a catalogue."""
    entries = read_po(BytesIO(catalogue.read_bytes()), locale="zh")
    return {
        entry.id: entry.string for entry in entries if entry.id
    }  # the header has none


@pytest.mark.slow
def test_one_command_brings_the_catalogues_up_to_date(tmp_path):
    """A new sentence waits with an empty msgstr, an old one goes, and all others keep their
    Chinese.
    """
    for name in ("autograder", ".ci"):
        shutil.copytree(
            ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    program = tmp_path / "autograder" / "errors.py"
    old = "The disk is full. Free some space."
    program.write_text(program.read_text("utf-8").replace(old, "A comet hit."), "utf-8")
    catalogues = [*(tmp_path / "autograder").rglob("zh.po")]
    before = [chinese_in(path) for path in catalogues]
    done = ran(".ci/catalogues", cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    kit = (tmp_path / "autograder" / "languages" / "zh.po").read_text("utf-8")
    assert 'msgid "A comet hit."\nmsgstr ""\n' in kit
    assert old not in kit
    for path, known in zip(catalogues, before, strict=True):
        now = chinese_in(path)
        kept = known.keys() & now.keys()
        assert len(kept) > 0.8 * len(now)
        assert {text: known[text] for text in kept} == {
            text: now[text] for text in kept
        }
