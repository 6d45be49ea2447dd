"""The .zip that a Gradescope assignment takes as its autograder, with the whole kit inside.

https://gradescope-autograders.readthedocs.io/en/latest/specs/: `setup.sh` and an executable
`run_autograder` lie at the top; all is unpacked into /autograder/source.  Instructors alone see it, so the
course's seed may travel with it.
"""

from __future__ import annotations

import importlib.metadata
import io
import stat
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.intake.released import PACKAGE, folder
from autograder.settings import FILE

SCRIPTS = Path(__file__).parent / "gradescope_scripts"
KINDS = ("solutions", "assignments")
LEFT_OUT = ("__pycache__", ".ipynb_checkpoints")


class NotInstalled(LookupError):
    """The kit runs from a folder, so nothing says what it needs."""


def bundle(options: Sequence[str], settings: Path | None) -> bytes:
    """The .zip.  options: of `gradescope-run`.  settings: the course's autograder.toml.

    Raises NotInstalled, and OSError.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("setup.sh", "run_autograder"):
            _put(archive, name, (SCRIPTS / name).read_bytes(), 0o755)
        _put(archive, "options", "".join(f"{option}\n" for option in options).encode())
        _put(archive, "requirements.txt", "".join(f"{line}\n" for line in requirements()).encode())
        if settings:
            _put(archive, FILE, settings.read_bytes(), 0o600)
        for name, path in _kit():
            _put(archive, f"kit/autograder/{name}", path.read_bytes())
    return packed.getvalue()


def requirements() -> list[str]:
    """What the kit needs, as its package says it.  Raises NotInstalled."""
    found = importlib.metadata.entry_points(group="console_scripts", name="autograder")
    stated = next((each.dist.requires for each in found if each.dist), None)
    if stated is None:
        raise NotInstalled
    return sorted(line for line in stated if "extra ==" not in line)


def _kit() -> Iterator[tuple[str, Path]]:
    """The package, with solutions and assignments where a wheel has them."""
    packed = PACKAGE / "course"
    roots = [("", PACKAGE), *((f"course/{kind}/", folder(kind)) for kind in KINDS)]
    for above, root in roots:
        for path in sorted(root.rglob("*")):
            name = path.relative_to(root)
            hidden = any(part in LEFT_OUT or part.startswith(".") for part in name.parts)
            if path.is_file() and not hidden and not (root == PACKAGE and packed in path.parents):
                yield above + name.as_posix(), path


def _put(archive, name, content, mode=0o644):
    member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # the same kit makes the same bytes
    member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, (stat.S_IFREG | mode) << 16
    archive.writestr(member, content)
