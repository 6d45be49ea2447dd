"""Makes, moves and links files, and goes on after each refusal; nothing of it stands anywhere."""
# expect: blocked

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
    return "blocked: what it wrote went nowhere"
