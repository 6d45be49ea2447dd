"""What doctor says, and what grading and the demo do, in each setting that this machine can make.

    python tests/benchmarks/settings_table.py --image autograder --python "Python 3.12=PATH"

Settings of containers need podman and an image of `docs/Dockerfile`.  What cannot be made here is listed
with the reason.  It exits with 1 where doctor, grading and the demo disagree, where one shows a traceback, or
where a student of the demo has other points than in the first setting.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MAIN = "from autograder.cli import main; main()"
RIGHT = "def vector_add(a, b):\n    return a + b\n"
PROFILES = ("/usr/share/containers/seccomp.json", "/etc/containers/seccomp.json")
LANDLOCK = {"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"}
NAMESPACES = {"unshare", "setns", "mount", "umount2", "pivot_root", "clone3"}
AGREED = {(0, 0, 0), (1, 2, 2)}  # it grades, or it refuses in one line
CLONE_NEW = 0x7E020000  # the flags of clone(2) that make namespaces
USER = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]


@dataclass(frozen=True)
class Setting:
    """What to say of it, what makes it, and why it cannot be made here."""

    name: str
    command: tuple[str, ...]
    missing: str = ""


def here(place: Path, pythons: dict[str, str]) -> list[Setting]:
    """Settings of this machine itself: the kit of this Python, and of those named."""
    kit = (sys.executable, "-c", MAIN)
    root = "" if os.geteuid() == 0 else "it needs root"
    no_bwrap = 'mount --bind /dev/null "$(command -v bwrap)" && exec "$@"'
    disk = ["bwrap", "--ro-bind", "/", "/", "--proc", "/proc", "--tmpfs", "/tmp", "--bind", place, place]
    for path in (ROOT, sys.prefix, *pythons.values()):  # where these lie in /tmp, they stay
        disk += ["--ro-bind", str(path), str(path)] if str(path).startswith("/tmp/") else []
    no_shm = ["--tmpfs", "/dev"]
    for name in ("null", "zero", "urandom"):
        no_shm += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
    made = [
        ("this machine, as root", [], root),
        ("an ordinary user", USER, root),
        ("no bubblewrap", ["unshare", "--mount", "sh", "-c", no_bwrap, "sh"], root),
        ("a read-only disk but for `/tmp`", [*disk, "--dev", "/dev"], ""),
        ("`/dev/shm` read-only", [*disk, "--dev", "/dev", "--remount-ro", "/dev"], ""),
        ("no `/dev/shm`", [*disk, *no_shm], ""),
        ("`ulimit -n 64`", ["prlimit", "--nofile=64:64"], ""),
        ("`umask 077`", ["sh", "-c", 'umask 077; exec "$@"', "sh"], ""),
        ("one core of two", ["taskset", "-c", "0"], ""),
    ]
    found = [Setting(name, (*map(str, prefix), *kit), missing) for name, prefix, missing in made]
    return found + [Setting(name, (path, "-c", MAIN)) for name, path in pythons.items()]


def contained(place: Path, image: str) -> list[Setting]:
    """Settings of a container."""
    missing = ""
    if not shutil.which("podman"):
        missing = "podman is not installed"
    elif subprocess.run(["podman", "image", "exists", image], capture_output=True).returncode:
        missing = f"there is no image {image}: build it from docs/Dockerfile"
    old = ["--security-opt", f"seccomp={before_landlock(place)}"]
    none = ["--cap-drop", "all"]
    read_only = ["--read-only", "--read-only-tmpfs=false", "--tmpfs", "/tmp:rw,size=256m"]
    made = [
        ("container, ordinary user", []),
        ("container, its root", ["--user", "0"]),
        ("container, read-only root with a `tmpfs` at `/tmp`", read_only),
        ("container, 1 GB", ["--memory", "1g", "--memory-swap", "1g"]),
        ("container, 512 MB", ["--memory", "512m", "--memory-swap", "512m"]),
        ("container, `--cpus 1`", ["--cpus", "1"]),
        ("container, `--pids-limit 12`", ["--pids-limit", "12"]),
        ("container, `--pids-limit 200`", ["--pids-limit", "200"]),
        ("container, no capability, no new privileges", [*none, "--security-opt", "no-new-privileges"]),
        ("container, no bubblewrap", ["--volume", "/dev/null:/usr/bin/bwrap:ro"]),
        ("container, a profile from before Landlock", old),
    ]
    podman = ["podman", "run", "--rm", "--network", "none", "--volume", f"{place}:{place}"]
    return [Setting(name, (*podman, *map(str, more), image), missing) for name, more in made]


def before_landlock(place: Path) -> Path:
    """A default profile as before Linux 5.13: it has no landlock_*, and lets nobody make namespaces."""
    path = place / "seccomp.json"
    profile = next((json.loads(Path(p).read_text()) for p in PROFILES if os.path.exists(p)), None)
    if profile is not None:
        for rule in profile["syscalls"]:
            rule["names"] = sorted({*rule["names"]} - LANDLOCK - NAMESPACES - {"clone"})
        threads = [{"index": 0, "value": CLONE_NEW, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]
        profile["syscalls"] = [rule for rule in profile["syscalls"] if rule["names"]]
        profile["syscalls"] += [
            {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": threads},
            {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
        ]
        path.write_text(json.dumps(profile))
    return path


def watched(setting: Setting, words: list[str]) -> tuple[int, str]:
    """The exit code and all that it printed."""
    done = subprocess.run(
        [*setting.command, *words],
        cwd="/",
        env={**os.environ, "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=600,
    )
    return done.returncode, done.stdout


def points(results: Path) -> dict[tuple[str, str], float]:
    """What each student has by the demo in each assignment."""
    found = {}
    for path in sorted(results.glob("*/results.json")):
        tree = json.loads(path.read_text(encoding="utf-8"))
        found |= {(tree["assignment"], one["id"]): one["score"] for one in tree["submissions"]}
    return found


def last(text: str) -> str:
    """Its last line, as a cell of a table."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (lines or ["nothing"])[-1].partition("; results in ")[0].replace("|", "\\|")


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--image", default="autograder")
    words.add_argument("--python", action="append", default=[], metavar="NAME=PATH")
    words.add_argument("--only", default="", help="settings whose name has this word")
    options = words.parse_args()
    pythons = dict(pair.split("=", 1) for pair in options.python)
    place = Path(tempfile.mkdtemp(prefix="settings-", dir="/var/tmp"))
    place.chmod(0o777)
    wrong, missing = [], []
    print("| setting | `autograder doctor` | exit | `grade` of a right answer | exit | `demo` | exit |")
    print("|---|---|---:|---|---:|---|---:|")
    first: dict = {}
    try:
        for i, setting in enumerate([*here(place, pythons), *contained(place, options.image)]):
            if options.only not in setting.name:
                continue
            if setting.missing:
                missing.append(f"{setting.name}: {setting.missing}")
                continue
            work = place / str(i)
            (work / "class").mkdir(parents=True)
            (work / "out").mkdir()
            (work / "demo").mkdir()
            (work / "class" / "ana.py").write_text(RIGHT)
            for path in (work, work / "out", work / "demo"):
                path.chmod(0o777)
            grade = ["grade", work / "class", "--assignment", "vectorization", "--jobs", "1"]
            grade += ["--out", work / "out"]
            verdict, saw = watched(setting, ["doctor"])
            code, said = watched(setting, [*map(str, grade)])
            ended, told = watched(setting, ["demo", "--out", str(work / "demo")])
            found = points(work / "demo" / "results")
            first = first or found
            same = "the same points" if found == first else "OTHER POINTS"
            outcome = f"{len(found)} graded, {same}" if found else last(told)
            row = setting.name, last(saw), verdict, last(said), code, outcome, ended
            print(f"| {' | '.join(map(str, row))} |", flush=True)
            agreed = (verdict, code, ended) in AGREED and found == (first if code == 0 else {})
            if not agreed or "Traceback" in saw + said + told:
                wrong.append(f"{setting.name}:\n{saw}\n{said}\n{told}")
    finally:
        shutil.rmtree(place, ignore_errors=True)
    if missing:
        print("\nNot made here: " + "; ".join(missing))
    if wrong:
        print("\nDisagree, or a traceback:", *wrong, sep="\n\n", file=sys.stderr)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
