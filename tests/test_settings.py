"""Settings: one value from a course's file and from options, which every result depends on."""

import dataclasses
import os
import re
import subprocess
import tomllib

import pytest
from cli_helpers import NAME, RIGHT, a_class, grade, results_of, run, submissions_of

from autograder import settings
from autograder.settings import (
    FILE,
    LARGEST_SEED,
    PUBLIC_SEED,
    Settings,
    SettingsError,
    Watching,
)

KEYS = [each.name for each in dataclasses.fields(Settings) if each.metadata]
SECRET = 7341920558416  # a seed that stands in no other text
# A wrong file -> what its one line says.
WRONG = {
    "sed = 5": f"No setting 'sed'. Choose one of {', '.join(KEYS)}",
    "unsafe = true": "No setting 'unsafe'. Choose one of seed, memory, ",
    'seed = "7"': f"seed = '7' is not allowed. Write an integer from 0 to {LARGEST_SEED}",
    "memory = 299": "memory = 299 is not allowed. Write an integer from 300 to 1048576",
    "check_seconds = nan": "check_seconds = nan is not allowed. Write a number from 0.1 to 600",
    "seed = " + "9" * 5000: "Cannot read ",
    b"# M\xfcller\nseed = 5": "('utf-8' codec can't decode byte 0xfc",
    '[watch]\ndetail = "some"': "Write 'points' or 'hints' or 'all'",
    "[watch]\noften = 1": "'often'. Choose one of detail, after_due.",
    "seed = " + "[" * 5000: "(it has too many nested brackets)",
    "#" * (1 << 20) + "\nseed = 5": "(it is larger than 1 MiB)",
    "watch = 1": "watch = 1 is not allowed. Write a table, [watch], with its settings below it",
    "language = '" + "x" * 5000 + "'": "…",
    "x" * 5000 + " = 1": "…",
    "a = {" + "b" * 5000 + " = 1, " + "b" * 5000 + " = 1}": "…",
    "seed = 0x" + "f" * 5000: "seed = (int) is not allowed",
    "seed" + ".a" * 2000 + " = 1": "is not allowed. Write an integer",
    "a pipe": "(it is a pipe or a device)",
    "a dangling link": "(it is a link to a file that does not exist)",
}


def write(folder, text):
    (folder / FILE).write_bytes(text if isinstance(text, bytes) else text.encode())


def one_line(done):
    """What a command says that ends by wrong use: on stderr, and nothing else anywhere."""
    assert (2, "") == (done.returncode, done.stdout), done.stderr
    (line,) = done.stderr.splitlines()
    return line


def test_a_file_says_what_it_likes_and_options_stand_in_its_place(tmp_path):
    """The nearest file above counts; where there is none, the seed is the one that everybody
    knows.
    """
    assert Settings() == settings.load(tmp_path)
    assert (PUBLIC_SEED, True) == (Settings().seed, Settings().is_public)
    deep = tmp_path / "course/submitted/ann"
    deep.mkdir(parents=True)
    write(tmp_path, "seed = 1")
    watch = '[watch]\ndetail = "hints"\nafter_due = "same"\n'  # which changes no grade
    write(
        tmp_path / "course", f"seed = 5\ncheck_seconds = 3\n{watch}"
    )  # a whole number of seconds is a number
    assert Watching(detail="hints", after_due="same") == settings.watching(
        tmp_path / "course"
    )
    assert settings.watching(tmp_path) is None
    assert [1, 5, 5] == [
        settings.load(settings.root_above(p)).seed
        for p in (tmp_path, tmp_path / "course", deep)
    ]
    assert Settings() == settings.load(deep)
    chosen = settings.load(tmp_path / "course")
    assert Settings(seed=5, check_seconds=3.0) == chosen
    assert Settings(seed=5, check_seconds=3.0).digest == chosen.digest
    assert not chosen.is_public
    assert Settings(seed=0, check_seconds=3, unsafe=True) == chosen.with_options(
        seed=0, unsafe=True
    )
    with pytest.raises(
        SettingsError, match=r"memory = 7 is not allowed. Write an integer from 300"
    ):
        chosen.with_options(memory=7, seed=None)


@pytest.mark.parametrize("text", WRONG, ids=lambda text: ascii(text)[:30])
def test_a_wrong_file_is_one_sentence(tmp_path, text):
    """It names the file, the key, and what is allowed; nobody waits for what comes out of a
    pipe.
    """
    if text == "a pipe":
        os.mkfifo(tmp_path / FILE)
    elif text == "a dangling link":
        (tmp_path / FILE).symlink_to("nowhere")
    else:
        write(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        settings.load(tmp_path)
    assert str(tmp_path / FILE) in str(caught.value)
    assert WRONG[text] in str(caught.value)
    assert 1 == len(str(caught.value).splitlines())
    assert len(str(caught.value)) < len(str(tmp_path)) + 500


@pytest.mark.parametrize("tag", ["zh-CN", "zh_Hans", "cn", "ZH"])
def test_a_tag_of_chinese_means_zh(tmp_path, tag):
    """As locales and browsers write it; the digest is that of zh."""
    write(tmp_path, f'seed = 5\nlanguage = "{tag}"')
    assert Settings(seed=5, language="zh").digest == settings.load(tmp_path).digest


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path):
    """Editors on Windows write one."""
    write(tmp_path, b"\xef\xbb\xbfseed = 5\r\n")
    assert 5 == settings.load(tmp_path).seed


@pytest.mark.parametrize(
    "command", [("--version",), ("--help",), ("grade", "--help")], ids=" ".join
)
def test_help_and_version_need_no_settings(tmp_path, command):
    """They work whatever the file holds."""
    write(tmp_path, "language = 'zh'\n" + "[" * 5000)
    done = run(*command, cwd=tmp_path)
    assert (0, "") == (done.returncode, done.stderr)


def test_doctor_reads_no_settings(tmp_path):
    """It looks at the machine, also where the file cannot be read."""
    write(tmp_path, "[" * 5000)
    done = run("doctor", cwd=tmp_path)
    assert (0, "") == (done.returncode, done.stderr)


ENDED = ("grade", "class", "--out", "out"), ("gradescope-zip", NAME, "--out", "a.zip")


@pytest.mark.parametrize("command", ENDED, ids=" ".join)
def test_a_dangling_link_in_place_of_a_file_ends_a_command(tmp_path, command):
    """The public seed would count otherwise."""
    (tmp_path / FILE).symlink_to("nowhere")
    assert "it is a link to a file that does not exist" in one_line(
        run(*command, cwd=tmp_path)
    )


def test_every_setting_but_the_language_changes_the_digest():
    """So each of them stands in a report's key; another language grades nobody again."""
    now = dataclasses.asdict(Settings())
    changed = {name: value + 1 for name, value in now.items() if name != "language"}
    changed |= {"unsafe": True}
    digests = {
        dataclasses.replace(Settings(), **{name: value}).digest
        for name, value in changed.items()
    }

    assert len(changed) == len(digests - {Settings().digest})
    assert Settings().digest == Settings(language="zh").digest


def test_a_written_file_has_a_seed_of_its_own_and_names_all_that_can_be_set(tmp_path):
    """Each other key stands there with its default and its reason, as a comment."""
    seeds = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        path = settings.write(tmp_path / name)
        chosen = settings.load(tmp_path / name)
        seeds.add(chosen.seed)
        assert Settings(seed=chosen.seed) == chosen
        assert not chosen.is_public
        lines = path.read_text("utf-8").splitlines()
        kept = [
            line[2:]
            for line in lines
            if line[:1] == "#" and (" = " in line or "[" in line)
        ]
        said = tomllib.loads("\n".join(kept))
        assert dataclasses.asdict(settings.Watching()) == said.pop(settings.WATCH)
        assert {key: getattr(Settings(), key) for key in KEYS if key != "seed"} == said
    assert 2 == len(seeds)


def test_init_writes_a_chinese_file(tmp_path):
    """Its comments are Chinese, and so is the course."""
    assert 0 == run("init", "--language", "zh", cwd=tmp_path).returncode
    text = (tmp_path / FILE).read_text("utf-8")
    comments = re.findall("#.*#(.*)|# (.*)", text)
    assert "zh" == settings.load(tmp_path).language
    assert not [
        words
        for pair in comments
        for words in pair
        if re.search("[a-z]+ [a-z]+ [a-z]+", words)
    ]


def test_init_writes_a_secret_file_and_keeps_it_out_of_git(tmp_path):
    """For its owner alone; what it prints tells no seed. What was graded depends on it: it is
    kept.
    """
    (tmp_path / ".gitignore").write_bytes(b"# M\xfcller")  # its last line has no end
    done = run("init", cwd=tmp_path)
    assert (0, "") == (done.returncode, done.stderr)
    assert (
        f"Wrote {FILE} with a secret seed for this course. Keep the file, and keep it secret.\n"
        == (done.stdout)
    )
    before = (tmp_path / FILE).read_bytes()
    again, elsewhere = run("init", tmp_path), run("init", "nowhere", cwd=tmp_path)
    assert (
        f"autograder: {tmp_path / FILE} already exists. Its seed was not changed."
        == one_line(again)
    )
    words = (
        f"autograder: nowhere/{FILE}: No such file or directory. Check that it is there "
        f"and writable"
    )
    assert one_line(elsewhere).startswith(words)
    assert before == (tmp_path / FILE).read_bytes()
    assert 0o600 == (tmp_path / FILE).stat().st_mode & 0o777
    assert b"# M\xfcller\n/autograder.toml\n" == (tmp_path / ".gitignore").read_bytes()
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    ignored = subprocess.run(
        ["git", "check-ignore", FILE], cwd=tmp_path, capture_output=True, text=True
    )
    assert f"{FILE}\n" == ignored.stdout


def test_a_run_takes_the_file_in_the_current_folder_and_options_before_it(tmp_path):
    """Both stand in the results; and no student reads the seed."""
    out = tmp_path / "out"
    write(tmp_path, f"seed = {SECRET}\nmemory = 900\nslip_changes = 20\n")
    a_class(tmp_path / "class", ann=RIGHT, bo=RIGHT.replace("a + b", "a - b"))

    done = grade(tmp_path / "class", out, "--memory", "2048", cwd=tmp_path)

    assert (0, "") == (done.returncode, done.stderr)
    assert "public" not in done.stdout
    chosen, facts = (
        Settings(seed=SECRET, memory=2048, slip_changes=20),
        results_of(out)["run"],
    )
    assert (chosen.to_json(), chosen.digest) == (
        facts["settings"],
        facts["settings_digest"],
    )
    assert {"ann": 5, "bo": 3} == {
        id: s["score"] for id, s in submissions_of(out).items()
    }
    feedback = sorted((out / "feedback").iterdir())
    assert ["ann.html", "ann.txt", "bo.html", "bo.txt"] == [
        path.name for path in feedback
    ]
    for path in (*feedback, out / "grades.csv"):
        text = path.read_text("utf-8")
        assert [False, False] == [
            words in text for words in (str(SECRET), chosen.digest)
        ]


@pytest.mark.parametrize("paths", [[".."], ["ann.py", "bo.py"]], ids=" ".join)
def test_no_settings_are_read_from_where_submissions_lie(tmp_path, paths):
    """A student may have put them there; it is said, and what the kit itself says counts."""
    folder, out = tmp_path / "class", tmp_path / "out"
    here = folder / "ann" if paths == [".."] else folder
    here.mkdir(parents=True)
    a_class(folder, ann=RIGHT, bo=RIGHT)
    write(here, f"seed = {SECRET}\nmemory = 300\n")

    done = run(
        "grade", *paths, "--assignment", NAME, "--out", out, "--jobs", 1, cwd=here
    )

    assert f"Ignored {FILE} in {here}" in done.stderr
    assert Settings().to_json() == results_of(out)["run"]["settings"]
