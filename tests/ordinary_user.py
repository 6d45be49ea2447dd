"""A command as an ordinary user, who can use this Python even where it lies in root's home."""

import shlex
import sys
from pathlib import Path

NOBODY = 65534


def _closed_to_others(path):
    """Return the first folder on the way to a path that an ordinary user may not enter."""
    for folder in [*reversed(path.resolve().parents), path.resolve()]:
        if folder.stat().st_mode & 0o005 != 0o005:
            return folder
    return None


def as_nobody(command, *, needs=()):
    """Return the command that runs another as user 65534, who sees this Python and what it needs.

    In a mount namespace, an open folder lies over each closed one.
    """
    drop = f"setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups {shlex.join(command)}"
    wanted = {
        path.resolve()
        for path in (Path(sys.base_prefix), Path(sys.prefix), *needs)
    }
    closed = {
        path: over
        for path in wanted
        if (over := _closed_to_others(path)) is not None
    }
    if not closed:
        return ["sh", "-c", f"exec {drop}"]
    lines = [
        "set -e",
        "stash=$(mktemp -d)",
        "mount -t tmpfs -o mode=755 stash $stash",
    ]
    stash = {}
    for i, path in enumerate(closed):
        stash[path] = f"$stash/{i}"
        lines += [
            f"mkdir {stash[path]}",
            f"mount --bind {shlex.quote(str(path))} {stash[path]}",
        ]
    for over in dict.fromkeys(closed.values()):
        lines.append(
            f"mount -t tmpfs -o mode=755 open {shlex.quote(str(over))}"
        )
    for path in closed:
        lines += [
            f"mkdir -p {shlex.quote(str(path))}",
            f"mount --bind {stash[path]} {shlex.quote(str(path))}",
        ]
    lines += ["umount -l $stash", "rmdir $stash", f"exec {drop}"]
    return [
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "sh",
        "-c",
        "\n".join(lines),
    ]
