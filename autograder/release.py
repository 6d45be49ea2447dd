"""solutions -> assignments, by nbgrader's own generate_assignment; the same input gives the same bytes.

Knows nothing of exercises: what is cut out is what the notebooks mark as solution or hidden.
"""

from __future__ import annotations

import difflib
import logging
import os
import shutil
import sys
import tempfile
from pathlib import Path


class ReleaseError(Exception):
    """nbgrader could not make a release; the message says why."""


def release(root: Path, names: list[str]) -> list[Path]:
    """Write `assignments/` anew from `solutions/`; returns the files that changed."""
    with tempfile.TemporaryDirectory() as folder:
        made = _generated(root, names, Path(folder))
        changed = [name for name in _files(made) if _bytes(made / name) != _bytes(_old(root) / name)]
        stale = [name for name in _files(_old(root)) if name not in set(_files(made))]
        for name in changed:
            target = _old(root) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(made / name, target)
        for name in stale:
            (_old(root) / name).unlink()
    return [_old(root) / name for name in sorted({*changed, *stale})]


def differences(root: Path, names: list[str]) -> str:
    """A diff from `assignments/` as it stands to what a release would make; "" where they agree."""
    with tempfile.TemporaryDirectory() as folder:
        made = _generated(root, names, Path(folder))
        lines: list[str] = []
        for name in sorted({*_files(made), *_files(_old(root))}):
            before, after = _bytes(_old(root) / name), _bytes(made / name)
            if before != after:
                old, new = (x.decode("utf-8", "replace").splitlines(True) for x in (before, after))
                where = f"assignments/{name}"
                lines += difflib.unified_diff(old, new, where, f"{where} (from solutions)")
    return "".join(lines)


def _old(root):
    return root / "assignments"


def _files(folder):
    found = (p for p in folder.rglob("*") if p.is_file() and not set(p.parts) & _IGNORED)
    return sorted(p.relative_to(folder).as_posix() for p in found)


_IGNORED = {"__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".hypothesis"}


def _bytes(path):
    return path.read_bytes() if path.is_file() else b""


def _generated(root, names, folder):
    """What nbgrader makes of these assignments, in a course of its own with the root's settings."""
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config, PyFileConfigLoader

    # nbgrader runs `alembic` from PATH: it lies beside this Python.
    os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    config = Config()
    if (root / "nbgrader_config.py").is_file():
        config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.release_directory = str(folder / "release")
    config.CourseDirectory.db_url = f"sqlite:///{folder}/gradebook.db"
    api = NbGraderAPI(config=config)
    api.log.setLevel(logging.CRITICAL)
    for name in names:
        if not (root / "solutions" / name).is_dir():
            raise ReleaseError(f"there is no folder solutions/{name} in {root}")
        result = api.generate_assignment(name, force=True, create=True)
        if not result["success"]:
            raise ReleaseError(f"nbgrader cannot release {name}: {result.get('error') or result.get('log')}")
    return folder / "release"
