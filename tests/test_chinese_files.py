"""The Chinese notebooks and self-checks beside the English ones: the same code, ids and points."""

import ast
import json
import os
import re
import shutil
import sys
from io import BytesIO

import pytest
from babel.messages.pofile import read_po
from cli_helpers import NAME, run
from course_helpers import ROOT
from file_helpers import read_json
from process_helpers import ran

from autograder import courses
from autograder.settings import FILE

CHINESE = ROOT / "zh"
KINDS = courses.SOLUTIONS, courses.ASSIGNMENTS
ASSIGNMENTS = courses.names()
NOTEBOOKS = [
    f"{kind}/{name}/{name}.ipynb" for kind in KINDS for name in ASSIGNMENTS
]
PROGRAMS = [
    f"{kind}/{name}/test_{name}.py" for kind in KINDS for name in ASSIGNMENTS
]
SELF_CHECK = ROOT / "solutions" / "selfcheck.py"
FORMULA = r"\$\$[^$]+\$\$|\$[^$]+\$|`[^`]+`"
FIELD = r"\{[^{}]*\}"
HAN = re.compile("[\u4e00-\u9fff]")


def cells_of(path):
    """Return the cells of a notebook, with their sources as one text each."""
    cells = read_json(path)["cells"]
    return [cell | {"source": "".join(cell["source"])} for cell in cells]


def code_of(source):
    """Return what a program does: its code without comments and the words of its texts."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(
            node, ast.JoinedStr
        ):  # another language has another order
            node.values = sorted(node.values, key=ast.dump)
            node.values = [
                part for part in node.values if hasattr(part, "conversion")
            ]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


def formulas_of(text):
    """Return what is between dollars or backticks, except a fence of code."""
    return {
        re.sub(r"\s+", " ", formula) for formula in re.findall(FORMULA, text)
    }


def facts_of(cell):
    """Return all of a cell but its text: id, kind, grade_id, points, tags."""
    facts = json.loads(json.dumps(cell | {"source": ""}))
    facts["metadata"].get("nbgrader", {}).pop("checksum", None)
    return facts


@pytest.mark.parametrize("file", NOTEBOOKS)
def test_a_chinese_notebook_differs_from_the_english_one_only_in_what_is_read(
    file,
):
    """Ids, points, code and formulas are the same; prose and the stubs are Chinese."""
    english = cells_of(ROOT / file)
    chinese = cells_of(CHINESE / file)
    assert [*map(facts_of, chinese)] == [*map(facts_of, english)]
    for cell, other in zip(english, chinese, strict=True):
        is_prose = cell["cell_type"] == "markdown"
        same = formulas_of if is_prose else code_of
        assert same(other["source"]) == same(cell["source"]), cell["id"]
        if is_prose or cell["metadata"].get("nbgrader", {}).get("solution"):
            assert HAN.search(other["source"]), cell["id"]


@pytest.mark.parametrize("file", PROGRAMS)
def test_a_chinese_self_check_differs_only_in_its_texts(file):
    """Its checks, inputs and limits are those of the English one; each claim is Chinese."""
    english, chinese = ((place / file).read_text() for place in (ROOT, CHINESE))
    assert code_of(chinese) == code_of(english)
    assert 'language="en"' in english
    assert 'language="zh"' in chinese
    claims = re.findall(r'@visible\((?s:.*?)"""(.*?)"""', chinese)
    assert claims
    assert [claim for claim in claims if not HAN.search(claim)] == []


def test_all_self_checks_share_one_file_with_both_languages():
    """Each of its sentences has its Chinese, with the same names in braces."""
    source = SELF_CHECK.read_text()
    for name in ASSIGNMENTS:
        for place in (ROOT, CHINESE):
            assert SELF_CHECK.samefile(place / f"solutions/{name}/selfcheck.py")
            released = place / f"assignments/{name}/selfcheck.py"
            assert released.read_text() == source
    tree = ast.parse(source)
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    said = {
        call.args[0].value for call in calls if ast.unparse(call.func) == "say"
    }
    (table,) = (n for n in tree.body if ast.unparse(n).startswith("CHINESE = "))
    sentences = ast.literal_eval(table.value)
    assert sentences.keys() == said
    for english, chinese in sentences.items():
        assert {*re.findall(FIELD, chinese)} == {*re.findall(FIELD, english)}


def test_a_chinese_course_gets_the_chinese_files(tmp_path):
    """By `add` and by `release`; its settings are Chinese, and the command line English."""
    run("init", "--language", "zh", cwd=tmp_path)
    comments = re.sub(
        "(?m)^[^#].*|#[a-z_]+ = .*?#", "", (tmp_path / FILE).read_text()
    )
    assert not re.search("[a-z]+ [a-z]+ [a-z]+", comments)
    assert run("release", NAME, cwd=tmp_path).returncode == 0
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    assert run("add", NAME, cwd=tmp_path).returncode == 0
    for kind in KINDS:
        for path in (CHINESE / kind / NAME).glob("*.*"):
            own = tmp_path / kind / NAME / path.name
            assert own.read_bytes() == path.read_bytes()
    wrong = (
        "autograder: No such option: --nope. See `autograder grade --help`.\n"
    )
    assert run("grade", "--nope", cwd=tmp_path).stderr == wrong


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
def test_a_chinese_self_check_speaks_chinese():
    """By its files alone: a student has nothing of ours."""
    folder = CHINESE / "assignments" / "vectorization"
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = ran(sys.executable, "-c", PROGRAM, cwd=folder, env=environment)
    said = " ".join(done.stdout.split())
    assert said.startswith("vector_add：3 项可见的检查全部通过。"), done.stderr
    for words in (
        "AssertionError: vector_add：应为 [",
        "（检查：按元素相加，形状和 dtype 与 a、b 相同）",
        "它抛出了 NameError：name 'nothing' is not defined",
    ):
        assert words in said
    assert "expected" not in said


def chinese_in(catalogue):
    """Return sentence -> its Chinese, of a catalogue."""
    entries = read_po(BytesIO(catalogue.read_bytes()), locale="zh")
    return {
        entry.id: entry.string for entry in entries if entry.id
    }  # the header has none


@pytest.mark.slow
def test_one_command_brings_the_catalogues_up_to_date(tmp_path):
    """A new sentence waits with an empty msgstr, an old one goes, all others stay."""
    for name in ("autograder", ".ci"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    program = tmp_path / "autograder/errors.py"
    old = "The disk is full. Free some space."
    program.write_text(program.read_text().replace(old, "A comet hit."))
    catalogue = tmp_path / "autograder/languages/zh.po"
    before = chinese_in(catalogue)
    assert ran(".ci/catalogues", cwd=tmp_path).returncode == 0
    now = chinese_in(catalogue)
    assert now["A comet hit."] == ""
    assert old not in now
    kept = before.keys() & now.keys()
    assert len(kept) > 0.8 * len(now)
    assert all(before[sentence] == now[sentence] for sentence in kept)
