"""Makes, moves and links files, and hides each refusal by a bare `except:`."""
# expect: error

import os
import shutil
import tempfile


def attack(x):
    folder = ARENA[
        "folder"
    ]  # the judge looks afterwards at all that stands in it
    new = os.path.join(folder, "made")
    with open(new, "w") as file:
        file.write("x")
    for refused in (
        lambda: tempfile.NamedTemporaryFile(dir=folder, delete=False),
        lambda: shutil.move(new, os.path.join(folder, "hidden", "moved")),
        lambda: os.replace(new, ARENA["canary"]),
        lambda: os.link(
            os.path.join(folder, "hidden", "moved"), new
        ),  # which memory does not serve
    ):
        try:
            refused()
        except BaseException:  # a limit, of ours or the kernel's
            continue
    return "blocked: so it says, but the answer must be the refusal"
