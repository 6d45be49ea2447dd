"""Starts a real JupyterLab and Debian's Chromium, and keeps pictures of what they show.

Knows nothing of grading.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import urllib.request
from pathlib import Path

from course_helpers import BIN, environment
from playwright.sync_api import sync_playwright
from process_helpers import PATIENCE, wait_until

PICTURES = Path(
    os.environ.get("BROWSER_PICTURES") or Path(__file__).parent / "pictures"
)
TOKEN = "only-for-this-test"

# Milliseconds on a busy machine until a page shows something, or what a kernel or the grader did.
SOON = 60_000
LATER = 300_000

# No news and no updates: they ask the network, and a question of theirs covers the page.
QUIET = {"fetchNews": "false", "checkForUpdates": False}


@contextlib.contextmanager
def jupyter_lab(folder, home):
    """A server with this folder as its root; gives its address.  home: for its own files."""
    settings = home / "config/lab/user-settings/@jupyterlab/apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(
        json.dumps(QUIET)
    )
    env = environment() | {"IPYTHONDIR": str(home / "ipython")}
    for kind in ("config", "data", "runtime"):
        env[f"JUPYTER_{kind.upper()}_DIR"] = str(home / kind)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = (
        f"lab --no-browser --allow-root --ip=127.0.0.1 --port={port}".split()
    )
    words += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    command = [BIN / "jupyter", *words, f"--ServerApp.root_dir={folder}"]
    with open(home / "server.log", "wb") as log:
        options = {"stdout": log, "stderr": subprocess.STDOUT}
        server = subprocess.Popen(command, cwd=folder, env=env, **options)
    address = f"http://127.0.0.1:{port}"

    def answers():
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"{address}/api"),
        ):
            return True

    try:
        wait_until(answers, server)
        yield address
    finally:
        server.terminate()  # it ends its kernels first
        try:
            server.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@contextlib.contextmanager
def chromium():
    """Debian's own browser, without a window."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "there is no Chromium on this machine: apt install chromium"
    # root, in a container
    flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=flags
        )
        yield browser
        browser.close()


@contextlib.contextmanager
def visitor(browser, address, height=800):
    """A person with cookies of their own, logged in at a server, who sees nothing of other
    hosts.
    """
    context = browser.new_context(
        base_url=address, viewport={"width": 1280, "height": height}
    )
    context.set_default_timeout(SOON)
    context.route(
        lambda url: not url.startswith((address, "file:")),
        lambda route: route.abort(),
    )
    context.request.get(f"/api?token={TOKEN}")
    yield context
    context.close()


def keep(page, name, **options):
    """A picture of the page as it is now: PICTURES/NAME.png."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(
        path=PICTURES / f"{name}.png", animations="disabled", **options
    )
