"""From the paths that an instructor names to the files that lie there, and whose they are.

Knows the three usual layouts: `<id>/<assignment>.ipynb`, nbgrader's `<id>/<assignment>/...`, and
loose files named by student.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.intake.submission import Submission, open_submission

SUFFIXES = (".ipynb", ".py")  # where a student has both, the first counts


class WrongPath(ValueError):
    """A path that holds no submissions; the message says what is expected there."""


@dataclass(frozen=True)
class Handin:
    """Where a submission lies.  problem: why there is none, in a sentence."""

    id: str
    path: Path
    file: str
    flags: tuple[str, ...] = ()
    problem: str = ""

    def open(self) -> Submission:
        """Its text; where there is none, it says why."""
        if self.problem:
            return Submission(self.id, self.file, problem=self.problem, flags=self.flags)
        return open_submission(self.path, self.id, self.flags, self.file)


def collect(paths: Sequence[Path], assignment: str, others: Sequence[str] = ()) -> list[Handin]:
    """The submissions of an assignment below these paths, one per student, sorted by id.

    others: the names of the other assignments, whose files are not taken for this one's.  Raises
    WrongPath where a path does not exist or nothing is found.
    """
    handins: dict[str, Handin] = {}
    for path in paths:
        if not path.exists():
            raise WrongPath(f"there is no file or folder {path}")
        found = _below(path, assignment, set(others)) if path.is_dir() else [_file(path, path.parent)]
        for handin in found:
            known = handins.get(handin.id)
            if known is None or (known.problem and not handin.problem):
                handins[handin.id] = handin
            elif known.path != handin.path:
                words = f"has two files: {known.file} counts, {handin.file} does not"
                handins[handin.id] = replace(known, flags=(*known.flags, words))
    if not handins:
        names = f"<student>/{assignment}.ipynb (or .py), <student>/{assignment}/, <student>.ipynb"
        raise WrongPath(f"no submission of {assignment} below {paths[0]}: expected {names}")
    return [handins[id] for id in sorted(handins)]


def assignments_below(paths: Sequence[Path], names: Sequence[str]) -> list[str]:
    """Which assignments have submissions below these paths, by the names of files and folders."""
    found = set()
    for path in paths:
        for name in names:
            patterns = (f"*/{name}", f"*/{name}.*", f"{name}.*", f"submitted/*/{name}")
            if path.stem == name or any(any(path.glob(p)) for p in patterns if path.is_dir()):
                found.add(name)
    return [name for name in names if name in found]


def _below(folder, assignment, others):
    if (folder / "submitted").is_dir():
        folder = folder / "submitted"
    own = [folder / (assignment + suffix) for suffix in SUFFIXES]
    if any(path.exists() for path in own):  # one student's folder
        return [_choice(folder.resolve().name, folder, own, folder)]
    handins = []
    for child in sorted(folder.iterdir()):
        if child.name.startswith((".", "__")):
            continue
        if child.is_dir():
            handin = _student(child, assignment, others, folder)
            if handin is not None:
                handins.append(handin)
        elif child.suffix.lower() in SUFFIXES and not _is_test(child):
            handins.append(_file(child, folder))
    return _merged(handins)


def _student(folder, assignment, others, root):
    """The hand-in of a student's folder; None where it holds only other assignments."""
    inner = folder / assignment
    for place in (inner, folder) if inner.is_dir() else (folder,):
        named = [place / (assignment + suffix) for suffix in SUFFIXES]
        if any(path.exists() for path in named):
            return _choice(folder.name, folder, named, root)
        loose = [
            p
            for p in sorted(place.iterdir())
            if p.is_file() and p.suffix.lower() in SUFFIXES and not _is_test(p) and p.stem not in others
        ]
        if len({p.stem for p in loose}) == 1:
            handin = _choice(folder.name, folder, sorted(loose, key=_rank), root)
            words = f"its file is named {handin.path.name}, not {assignment}{handin.path.suffix}"
            return replace(handin, flags=(*handin.flags, words))
        if len(loose) > 1 and place != folder:
            break
    if not inner.is_dir() and any((folder / name).exists() for name in others):
        return None
    if any((folder / (name + suffix)).exists() for name in others for suffix in SUFFIXES):
        return None
    words = f"there is no file {assignment}.ipynb or {assignment}.py in {folder.name}/"
    return Handin(folder.name, folder / f"{assignment}.ipynb", _label(folder, root), problem=words)


def _choice(id, folder, paths, root):
    """The first that exists, with a flag where there is another."""
    there = [path for path in paths if path.exists()]
    flags = ()
    if len(there) > 1:
        flags = (f"has two files: {there[0].name} counts, {there[1].name} does not",)
    return Handin(id, there[0], _label(there[0], root), flags)


def _merged(handins):
    """Loose files of one student, alice.py and alice.ipynb, are one hand-in."""
    merged: dict[str, Handin] = {}
    for handin in sorted(handins, key=lambda e: (e.id, _rank(e.path))):
        known = merged.get(handin.id)
        if known is None:
            merged[handin.id] = handin
        else:
            words = f"has two files: {known.file} counts, {handin.file} does not"
            merged[handin.id] = replace(known, flags=(*known.flags, words))
    return list(merged.values())


def _file(path, root):
    return Handin(path.stem, path, _label(path, root))


def _label(path, root):
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return path.name


def _rank(path):
    suffix = path.suffix.lower()
    return SUFFIXES.index(suffix) if suffix in SUFFIXES else len(SUFFIXES)


def _is_test(path):
    return path.name.startswith(("test_", "conftest", "selfcheck."))
