"""Who runs below a process: what a run started, and what it leaves; and how tests wait for
others.

A test waits until something holds, however long a busy machine takes.  Knows nothing of
what they do.
"""

import functools
import os
import subprocess
import sys
import time

import psutil

from autograder.sandbox.layers import Namespaces

# seconds, after which a test gives up on another process: that is an error of the test's
PATIENCE = 600


# For root nothing is shut, unless it gives up that right: then it is as for an ordinary user.
AS_USER = (
    ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    if os.getuid() == 0
    else []
)


@functools.cache
def bwrap_works():
    """Whether bubblewrap can make its namespaces here."""
    with Namespaces() as namespaces:
        return namespaces.handle is not None


def ran(*command, **options):
    """What a command wrote, and how it ended.  options: those of subprocess.run."""
    options = {
        "capture_output": True,
        "text": True,
        "timeout": PATIENCE,
        **options,
    }
    return subprocess.run([*map(str, command)], **options)


def dig(folder):
    """Folders in folders, deeper than Python calls itself, or can remove."""
    deep = "import os\nfor _ in range(1500): os.mkdir('d'); os.chdir('d')"
    subprocess.run([sys.executable, "-c", deep], cwd=folder, check=True)


def wait_until(holds, process=None):
    """Until something holds.  Raises TimeoutError where it never does, or this process ends
    before.
    """
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end or (
            process is not None and process.poll() is not None and not holds()
        ):
            raise TimeoutError("it was waited for, and never held")
        time.sleep(0.02)


def family(pid):
    """A process and all below it that run: one that only waits to be buried does not."""
    try:
        own = psutil.Process(pid)
        return {
            one for one in (own, *own.children(recursive=True)) if _runs(one)
        }
    except psutil.NoSuchProcess:
        return set()


def _runs(process):
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def still_there(members):
    """Who of these, and of all below them, still runs, however long one waits."""
    end = time.monotonic() + PATIENCE
    while (
        members := set().union(
            *(family(one.pid) for one in members if one.is_running())
        )
    ) and (time.monotonic() < end):
        time.sleep(0.05)
    return members
