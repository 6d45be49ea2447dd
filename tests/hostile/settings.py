"""Runs the driver as root or as an ordinary user, and reads the attack programs' expectations."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ordinary_user import NOBODY, as_nobody
from process_helpers import bwrap_works

HERE = Path(__file__).parent
REPOSITORY = HERE.parent.parent
PROGRAMS = sorted(path.stem for path in (HERE / "programs").glob("*.py"))
SETTINGS = [
    "root",
    "user, bwrap",
]  # the weakest, and the usual one: what else there is stands between them


def expected(name: str, setting: str) -> list[str]:
    """The outcomes that a program may have in a setting, from its machine-readable lines."""
    text = (HERE / "programs" / f"{name}.py").read_text()
    without = re.search(r"^# without bwrap: (.*)$", text, re.MULTILINE)
    line = re.search(r"^# expect: (.*)$", text, re.MULTILINE)
    if without and "bwrap" not in setting:
        return without[1].split("|")
    return line[1].split("|")


def why_not(setting: str) -> str:
    """Why a setting is impossible here; "" where it is possible."""
    root = os.getuid() == 0
    if setting.startswith("root") and not root:
        return "the tests do not run as root"
    if setting.startswith("user") and root and not shutil.which("setpriv"):
        return "there is no setpriv to become an ordinary user"
    if "bwrap" in setting and not bwrap_works():
        return "bubblewrap does not work here"
    return ""


def run(
    setting: str,
    programs: list[str],
    without: str = "",
) -> dict:
    """Attack in a setting.  without: one of the inner layers.

    {"rows": [...], "layers": ..., "sibling": ..., "left": ...}
    """
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    user = setting.startswith("user") and os.getuid() == 0
    try:
        folder.chmod(0o755)
        arena = folder / "arena"
        arena.mkdir()
        if user:
            os.chown(arena, NOBODY, NOBODY)
        order = {
            "folder": str(arena),
            "bwrap": "bwrap" in setting,
            "without": without,
            "programs": programs,
        }
        command = [sys.executable, str(HERE / "driver.py"), json.dumps(order)]
        done = subprocess.run(
            as_nobody(command, needs=[REPOSITORY]) if user else command,
            env={
                **os.environ,
                "PYTHONPATH": str(REPOSITORY),
                "PYTHONDONTWRITEBYTECODE": "1",
                "HOME": str(arena),
            },
            cwd="/",
            capture_output=True,
            text=True,
            timeout=1800,
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    result = {"setting": setting, "rows": [], "error": ""}
    for line in done.stdout.splitlines():
        said = json.loads(line)
        if "program" in said:
            result["rows"].append(said)
        else:
            result |= said
    if done.returncode or "left" not in result:
        result["error"] = f"status {done.returncode}: {done.stderr[-2000:]}"
    return result
