"""The kit in another language: no sentence without a translation, and the same points and
mistakes.
"""

import json
import pickle
import re
from functools import partial
from pathlib import Path

import pytest

from autograder import courses, languages, sentences
from autograder.assessment import Assessment
from autograder.errors import DeclarationError, Ended, KitError, Unread
from autograder.intake.submission import Submission
from autograder.languages import in_language, plural, set_language, tr
from autograder.reporting import pages, text
from autograder.settings import Settings, load

ROOT = Path(__file__).parents[1]
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
    (folder / "wax.py").touch()
    (folder / "zh.po").write_text(OWN)
    monkeypatch.setenv(courses.VARIABLE, str(tmp_path))


@pytest.mark.usefixtures("moons")
def test_a_word_is_in_the_language_that_is_spoken():
    """A number takes the form that its language has for it; English is as it is written."""
    moons = partial(plural, "1 moon", "{n} moons")
    assert tr("a tip") == "a tip"
    assert moons(1) == "1 moon"
    assert moons(3) == "3 moons"
    with in_language("zh"):
        assert tr("a tip") == "提示"
        assert tr("en") == "zh"
        assert moons(1) == "1 个月亮"
        assert moons(3) == "3 个月亮"
        assert tr("no catalogue has this") == "no catalogue has this"
        set_language("en")
        assert tr("a tip") == "a tip"
    assert languages.language() == "en"


@pytest.mark.usefixtures("moons")
def test_an_error_is_put_into_a_language_where_it_is_read():
    """It crosses between processes with its values, errors among them; English where nobody
    asks.
    """
    why = Unread("it set after {seconds:g} s", seconds=5)
    error = pickle.loads(
        pickle.dumps(
            DeclarationError("Nothing rose. {where}: {why}", where="a", why=why)
        )
    )
    english = "Nothing rose. a: it set after 5 s"
    assert english == str(error) == tr(error)
    with in_language("zh"):
        assert tr(error) == "什么也没有升起。a：它在 5 秒后落下"
        assert tr("invalid {syntax}") == "invalid {syntax}"
    assert pickle.loads(pickle.dumps(Ended("slow", seconds=1))).what == "slow"


def test_a_file_says_in_its_own_language_what_is_wrong_in_it(tmp_path):
    """Its language is known, though nothing else of it can be taken; one that is not there is
    refused.
    """
    (tmp_path / "autograder.toml").write_text('language = "zh"\nseed = -1\n')
    with pytest.raises(KitError) as refused:
        load(tmp_path)
    with in_language("zh"), pytest.raises(KitError) as direct:
        Settings(seed=-1)
    with in_language("zh"):
        assert (
            str(refused.value)
            == f"{tmp_path / 'autograder.toml'}: {tr(direct.value)}"
        )
    assert languages.language() == "en"
    with pytest.raises(
        KitError,
        match=r"language = 'fr' is not allowed. Write 'en' or 'zh'",
    ):
        Settings(language="fr")


@pytest.fixture(scope="module")
def assessment(judges):
    """A submission that was judged where English is spoken."""
    return Assessment(
        judges[NAME].judge(
            Submission("ana", "ana.py", "import torch\n" + WRONG)
        )
    )


def test_no_english_word_is_in_a_chinese_report(assessment):
    """Nor in its page; the student's own code and Python's errors stay as they are."""
    with in_language("zh"):
        told = text.text(assessment)
        page = pages.page(assessment)
    assert "平方误差没有除以 2。" in told.replace("\n", "")
    assert "NameError：name 'nothing' is not defined" in told
    read = re.sub(r"(?s)<(style|script|code|pre)\b.*?</\1>|<[^>]+>", " ", page)
    for said in (
        told.replace("name 'nothing' is not defined", ""),
        read.replace("is not defined", ""),
    ):
        assert not re.search(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}", said), said
    assert '<html lang="zh">' in page
    assert "return X @ w + nothing" in page
    assert "Likely cause: The squared error is not halved" in text.text(
        assessment
    )
    assert "return X @ w + nothing" in pages.page(assessment)


@pytest.mark.parametrize(
    "file",
    ['{"cells": [', json.dumps({"cells": [{}] * 5001})],
    ids=["cut off", "long"],
)
def test_what_a_worker_says_is_told_in_chinese(judges, file):
    """It knows no other language than English."""
    judge = judges[NAME]
    submission = Submission("ana", "ana.ipynb", file, ".ipynb")
    report = judge.judge(submission)
    (note,) = report.notes
    english = sentences.sentence(note)
    with in_language("zh"):
        assert english != sentences.sentence(note)
        assert {sentences.message(result) for result in report.results} == {
            sentences.sentence(note)
        }
