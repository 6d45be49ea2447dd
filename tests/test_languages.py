"""The kit in another language: no sentence without a translation, and the same points and mistakes."""

import ast
import functools
import json
import pickle
import re
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from cli_helpers import run
from process_helpers import ran
from rich.cells import cell_len

from autograder import courses, languages
from autograder.cli import translating
from autograder.errors import BrokenGate, Ended, NotANotebook
from autograder.intake import released
from autograder.intake.submission import Submission
from autograder.languages import catalogues, plural, speak, spoken, tr
from autograder.nbgrader_bridge import edition
from autograder.reporting import pages, text
from autograder.reporting.view import View
from autograder.settings import Settings, SettingsError, load

ROOT = Path(__file__).parents[1]
NAME = "linear_regression"
TRANSLATED = [name for name in courses.names() if (ROOT / f"solutions/{name}.zh.po").is_file()]
FORMULA = r"\$\$[^$]+\$\$|\$[^$]+\$|`[^`]+`"
WRONG = """
def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2

def sgd(params, lr, batch_size):
    for param in params:
        param = param - lr * param.grad / batch_size

def linreg(X, w, b):
    return X @ w + nothing
"""


@functools.cache
def waiting() -> list[str]:
    """Return what `autograder translate --check` lists here.

    An assignment without a catalogue is not translated, and stays English.
    """
    found = {path: all for path, all in translating.all_catalogues(ROOT).items() if path.is_file()}
    assert {"zh.po", "selfcheck.zh.po", *(f"{name}.zh.po" for name in TRANSLATED)} <= {p.name for p in found}
    return [line for path, all in found.items() for line in catalogues.waiting(path, all)]


@pytest.fixture(scope="module")
def chinese():
    """Skip the tests that read whole Chinese texts while a sentence waits, and is shown in English."""
    if waiting():
        pytest.skip(f"some sentences have no Chinese yet: {waiting()[0]}")


def test_no_translation_names_other_values():
    """Whoever reads it would have an error for a sentence."""
    assert [] == [line for line in waiting() if "has other names in braces" in line]


@pytest.mark.parametrize(
    ("english", "chinese", "missing"),
    [
        ("in {a}", "在 {b} 中", "zh.po has other names in braces for 'in {a}'"),
        ("in {a}", "", "zh.po has no translation of 'in {a}'"),
    ],
    ids=["other names", "nothing"],
)
def test_what_is_missing_is_named(tmp_path, english, chinese, missing):
    """A sentence without words, or with other names in its braces; a changed one is fuzzy, and not spoken."""
    path = tmp_path / "zh.po"
    path.write_text(f'#: here.py\nmsgid "{english}"\nmsgstr "{chinese}"\n\n', "utf-8")
    found = catalogues.template([(english, "", "here.py")])
    catalogues.update(path, found)
    assert [missing] == catalogues.waiting(path, found)
    path.write_text('msgid "You add b twice."\nmsgstr "加了两次 b。"\n\nmsgid "ok"\nmsgstr "对"\n', "utf-8")
    said = ("You add b two times.", "ok")
    catalogues.update(path, catalogues.template((text, "", "here.py") for text in said))
    assert {("ok", ""): "对"} == dict(catalogues.read(path))
    assert '#, fuzzy\nmsgid "You add b two times."\nmsgstr "加了两次 b。"' in path.read_text("utf-8")


OWN = """
msgid "a tip"
msgstr "提示"

msgid "1 moon"
msgid_plural "{n} moons"
msgstr[0] "{n} 个月亮"

msgid "Nothing rose. {where}: {why}"
msgstr "什么也没有升起。{where}：{why}"

msgid "it set after {seconds:g} s"
msgstr "它在 {seconds:g} 秒后落下"
"""


@pytest.fixture
def moons(tmp_path, monkeypatch):
    """A course with sentences of its own, which nobody changes in the kit."""
    folder = tmp_path / courses.EXERCISES / "moons"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "zh.po").write_text(OWN, "utf-8")
    monkeypatch.setenv(courses.VARIABLE, str(tmp_path))


@pytest.mark.usefixtures("moons")
def test_a_word_is_in_the_language_that_is_spoken():
    """A number takes the form that its language has for it; English is as it is written."""
    moons = partial(plural, "1 moon", "{n} moons")
    assert ("a tip", "1 moon", "3 moons") == (tr("a tip"), moons(1), moons(3))
    with spoken("zh"):
        assert ("提示", "zh") == (tr("a tip"), tr("en"))
        assert ["1 个月亮", "3 个月亮"] == [moons(1), moons(3)]
        assert "no catalogue has this" == tr("no catalogue has this")
        speak("en")
        assert "a tip" == tr("a tip")
    assert "en" == languages.language()


@pytest.mark.usefixtures("moons")
def test_an_error_is_put_into_a_language_where_it_is_read():
    """It crosses between processes with its values, errors among them; English where nobody asks."""
    why = NotANotebook("it set after {seconds:g} s", seconds=5)
    error = pickle.loads(pickle.dumps(BrokenGate("Nothing rose. {where}: {why}", where="a", why=why)))
    english = "Nothing rose. a: it set after 5 s"
    assert english == str(error) == tr(error)
    with spoken("zh"):
        assert "什么也没有升起。a：它在 5 秒后落下" == tr(error)
        assert "invalid {syntax}" == tr("invalid {syntax}")
    assert "slow" == pickle.loads(pickle.dumps(Ended("slow", seconds=1))).what


def test_a_file_says_in_its_own_language_what_is_wrong_in_it(tmp_path):
    """Its language is known, though nothing else of it can be taken; one that is not there is refused."""
    (tmp_path / "autograder.toml").write_text('language = "zh"\nseed = -1\n')
    with pytest.raises(SettingsError) as refused:
        load(tmp_path)
    with spoken("zh"), pytest.raises(SettingsError) as direct:
        Settings(seed=-1)
    with spoken("zh"):
        assert f"{tmp_path / 'autograder.toml'}: {tr(direct.value)}" == str(refused.value)
    assert "en" == languages.language()
    with pytest.raises(SettingsError, match=r"language = 'fr' is not allowed. Write 'en' or 'zh'"):
        Settings(language="fr")


@pytest.fixture(scope="module")
def both(judges):
    """The reports of one submission in English and in Chinese."""
    judge, both = judges[NAME], []
    kept = judge.settings
    for language in ("en", "zh", "en"):  # at last as it was: verdicts hold words
        for check in (check for checks in judge.checks.values() for check in checks):
            check.verdicts.clear()
        judge.settings = replace(kept, language=language)
        both.append(judge.judge(Submission("ana", "ana.py", "import torch\n" + WRONG)))
    judge.settings = kept
    assert text.text(both[0]) == text.text(both.pop())
    return both


def test_both_languages_give_the_same_points_and_mistakes(both):
    """Outcome, points, mistake and smallest input of every check agree."""
    facts = [
        [
            (r.exercise, r.check, r.earned, r.outcome, r.mistake, r.code.partition("# ")[0].rstrip())
            for r in report.results
        ]
        for report in both
    ]
    assert facts[0] == facts[1]
    assert any(r.mistake for r in both[0].results)


@pytest.mark.usefixtures("chinese")
def test_no_english_word_is_in_a_chinese_report(both):
    """Nor in its page; the student's own code and Python's errors stay as they are."""
    with spoken("zh"):
        told, page = text.text(both[1]), pages.page(both[1])
    assert "你忘了把平方误差除以 2。" in told.replace("\n", "")
    assert "NameError：name 'nothing' is not defined" in told
    read = re.sub(r"(?s)<(style|script|code|pre)\b.*?</\1>|<[^>]+>", " ", page)
    for said in (told.replace("name 'nothing' is not defined", ""), read.replace("is not defined", "")):
        assert not re.search(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}", said), said
    assert "Hint: " in text.text(both[0])
    assert '<html lang="zh">' in page
    assert [True, True] == ["return X @ w + nothing" in one for one in (page, pages.page(both[0]))]


@pytest.mark.parametrize("file", ['{"cells": [', json.dumps({"cells": [{}] * 5001})], ids=["cut off", "long"])
def test_what_a_worker_says_is_told_in_chinese(judges, monkeypatch, file):
    """It knows no other language than English."""
    judge, submission = judges[NAME], Submission("ana", "ana.ipynb", file, ".ipynb")
    (english,) = judge.judge(submission).notes
    monkeypatch.setattr(judge, "settings", replace(judge.settings, language="zh"))
    report = judge.judge(submission)
    with spoken("zh"):
        assert (tr(english),) == report.notes
    assert {*report.notes} == {result.message for result in report.results}


@pytest.fixture(scope="module")
def editions(chinese):
    """The committed release, and the same in Chinese: the bytes of each file."""
    names = TRANSLATED
    paths = [path for name in names for path in (ROOT / "assignments" / name).iterdir() if path.is_file()]
    english = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths}
    with spoken("zh"):
        return english, edition.translated(english, "zh")


@pytest.mark.parametrize("name", TRANSLATED)
def test_editions_of_a_notebook_differ_in_what_is_read_alone(editions, name):
    """What code does, ids, points, metadata and formulas are one; prose, comments and texts are Chinese."""
    file = f"assignments/{name}/{name}.ipynb"
    english, chinese = (json.loads(each[file]) for each in editions)
    assert english | {"cells": []} == chinese | {"cells": []}
    for cell, other in zip(english["cells"], chinese["cells"], strict=True):
        is_prose = cell["cell_type"] == "markdown" and "nbgrader" not in cell["metadata"]
        is_answered = cell["metadata"].get("nbgrader", {}).get("solution")
        assert cell["source"] != other["source"] or not (is_prose or is_answered), cell["id"]
        if cell["cell_type"] == "code":
            assert code_of(cell) == code_of(other)
        for each in (cell, other):
            each["metadata"].get("nbgrader", {}).pop("checksum", None)
        assert cell | {"source": ""} == other | {"source": ""}
        assert not is_prose or formulas(cell) == formulas(other), cell["id"]


@pytest.mark.parametrize("name", TRANSLATED)
def test_an_untouched_chinese_notebook_is_blank(editions, name):
    """As it was released, and as Jupyter exports it as a program; what is asked in words, too."""
    notebook = editions[1][f"assignments/{name}/{name}.ipynb"].decode()
    cells, known = json.loads(notebook)["cells"], released.release_of(name)
    program = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    pieces, script = released.pieces(notebook, ".ipynb"), released.pieces(program, ".py")
    assert (frozenset(), frozenset()) == (known.written(pieces), known.written(script))
    with spoken("zh"):
        assert {""} >= {*known.answers(pieces).values()}


def code_of(cell) -> str:
    """What a cell does: its code without comments and the words of its texts."""
    tree = ast.parse("".join(cell["source"]))
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            node.values = [each for each in node.values if isinstance(each, ast.FormattedValue)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


def formulas(cell) -> set[str]:
    """What stands between dollars or backticks."""
    return {re.sub(r"\s+", " ", found) for found in re.findall(FORMULA, "".join(cell["source"]))}


@pytest.mark.slow
def test_a_self_check_speaks_the_language_of_its_edition(editions, tmp_path):
    """With the words in the file itself: a student has nothing of ours."""
    for file, content in editions[1].items():
        if "/vectorization/" in file:
            (tmp_path / Path(file).name).write_bytes(content)
    program = """
from test_vectorization import check
vector_add = lambda a, b: a + b
check("vector_add")
for vector_add in (lambda a, b: a, lambda a, b: a + b.T + nothing):
    try:
        check("vector_add")
    except AssertionError as error:
        print("\\n".join(error._render_traceback_()))
"""
    done = ran(sys.executable, "-c", program, cwd=tmp_path)
    assert "vector_add：3 项可见的检查全部通过。" == done.stdout.splitlines()[0]
    assert "AssertionError: vector_add：应为 [" in done.stdout
    assert "    （检查：按元素相加，形状和 dtype 与 a、b 相同）" in done.stdout.splitlines()
    assert "它抛出了 NameError：name 'nothing' is not defined" in " ".join(done.stdout.split())
    assert "expected" not in done.stdout


def test_help_and_wrong_use_speak_the_language_of_the_course(tmp_path):
    """In 80 columns of a terminal, in which a Chinese character takes two; without a sentence of English."""
    (tmp_path / courses.FILE).write_text('language = "zh"\n')
    for words in ((), ("grade",), ("export",)):
        said = run(*words, "--help", cwd=tmp_path).stdout
        assert said.startswith("用法：autograder")
        assert [] == [line for line in said.splitlines() if cell_len(line) > 80]
        assert not re.search(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", said), said
    wrong = "autograder：没有选项 --nope。请看 `autograder grade --help`。\n"
    assert wrong == run("grade", "--nope", cwd=tmp_path).stderr
    assert run("grade", "a", "--jobs", "x", cwd=tmp_path).stderr.startswith("autograder：'--jobs' 的值无效：")


def test_a_row_of_a_chinese_table_is_chinese(both):
    """Why points were lost: a mistake by its sentence in place of its name; no English comma or bracket."""
    with spoken("zh"):
        remark = View(both[1]).remark
    assert "squared_loss（你忘了把平方误差除以 2）" in remark
    assert not re.search(r"[,;()]|forgets", remark)
    assert "squared_loss (forgets the half)" in View(both[0]).remark
