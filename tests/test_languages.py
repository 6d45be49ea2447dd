"""The kit in another language: no sentence without a translation, and the same points and mistakes."""

from dataclasses import replace

import pytest

from autograder import languages
from autograder.cli import translating
from autograder.intake.submission import Submission
from autograder.languages import speak, spoken, tr
from autograder.reporting import pages, text, words
from autograder.settings import Settings, SettingsError

NAME = "linear_regression"
WRONG = """
def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2

def sgd(params, lr, batch_size):
    for param in params:
        param = param - lr * param.grad / batch_size

def linreg(X, w, b):
    return X @ w + nothing
"""


def test_no_sentence_is_without_its_translation():
    """Every sentence has one, with the same names to fill in; the failure lists those that wait."""
    assert [] == translating.problems(), "run `autograder translate`, and write what it lists"


def test_a_changed_sentence_makes_its_translation_doubtful(tmp_path):
    """The old words stay in the catalogue, marked fuzzy, and are not spoken until somebody looks."""
    path = tmp_path / "zh.po"
    path.write_bytes(translating.brought_up(languages.FOLDER / "zh.po", {"You add b twice.": ["here.py"]}))
    assert {} == dict(languages.read(path))
    path.write_text('#, fuzzy\nmsgid "Hint"\nmsgstr "提示"\n\nmsgid "ok"\nmsgstr "对"\n', "utf-8")
    assert {"ok": "对"} == dict(languages.read(path))


@pytest.mark.parametrize(
    ("english", "chinese", "missing"),
    [
        ("in {a}", "在 {b} 中", "zh.po fills other names into 'in {a}'"),
        ("in {a}", "", "zh.po has no translation of 'in {a}'"),
    ],
    ids=["other names", "nothing"],
)
def test_what_is_missing_is_named(tmp_path, monkeypatch, english, chinese, missing):
    """A sentence without words, or with other names in its braces, is told by itself."""
    path = tmp_path / "zh.po"
    path.write_text(f'#: here.py\nmsgid "{english}"\nmsgstr "{chinese}"\n\n', "utf-8")
    found = {english: ["here.py"]}
    path.write_bytes(translating.brought_up(path, found))
    monkeypatch.setattr(translating, "catalogues", lambda: {path: found})
    assert [missing] == translating.problems()


def test_a_word_is_in_the_language_that_is_spoken():
    """Constants of a module of words change with it, in tuples and dicts too; English is as it is written."""
    assert ("Hint", ("1 student", "{n} students")) == (words.HINT, words.STUDENTS)
    with spoken("zh"):
        assert ("提示", "zh") == (words.HINT, words.LANGUAGE)
        assert "3 名学生" == words.many(words.STUDENTS, 3)
        assert "未动笔" == words.ONLY["blank"]
        assert "no catalogue has this" == tr("no catalogue has this")
        speak("en")
        assert "Hint" == words.HINT
    assert "en" == languages.language()


def test_a_language_that_is_not_there_is_refused():
    """The sentence lists those that are."""
    with pytest.raises(SettingsError, match="language = 'fr' is not allowed: write 'en' or 'zh'"):
        Settings(language="fr")


def test_another_language_is_another_digest():
    """So that a class is graded anew where its language changes, and each report has one."""
    assert Settings().digest != Settings(language="zh").digest


@pytest.fixture(scope="module")
def both(judges):
    """The reports of one student in both languages, whose functions are partly wrong."""
    judge = judges[NAME]
    submission = Submission("ana", "ana.py", "import torch\n" + WRONG)
    english = judge.judge(submission)
    kept = judge.settings
    for checks in judge.checks.values():
        for check in checks:
            check.verdicts.clear()  # they hold words, and a judge has one language
    judge.settings = replace(kept, language="zh")
    yield english, judge.judge(submission)
    judge.settings = kept
    for checks in judge.checks.values():
        for check in checks:
            check.verdicts.clear()


def test_both_languages_give_the_same_points_and_mistakes(both):
    """Outcome, points, mistake and smallest input of every check agree; only the words differ."""
    facts = [
        [(r.exercise, r.check, r.earned, r.outcome, r.mistake, r.code) for r in report.results]
        for report in both
    ]
    assert facts[0] == facts[1]
    assert any(r.mistake for r in both[0].results)


def test_a_report_is_chinese_throughout(both):
    """Titles, differences, mistakes and hints; names, code and Python's own exceptions stay as they are."""
    with spoken("zh"):
        told = text.text(both[1])
    assert "你忘了把平方误差除以 2。" in told.replace("\n", "")
    assert "NameError：name 'nothing' is not defined" in told
    for english in ("expected", "Hint", "smallest input", "points", "your code", "You "):
        assert english not in told
    assert "Hint: " in text.text(both[0])


def test_a_page_says_its_language(both):
    """For a reader aloud, and for fonts; the line of the student's that raised stands apart in both."""
    with spoken("zh"):
        chinese = pages.page(both[1])
    assert '<html lang="zh">' in chinese
    for page in (chinese, pages.page(both[0])):
        assert "<pre" in page
        assert "return X @ w + nothing" in page
