"""docs/many-machines.md, followed from its first line in a fresh shell, with two workers on
this machine.
"""

import os
import re
import textwrap

import pytest
from cli_helpers import NAME, run, without_times
from cluster_helpers import a_port
from course_helpers import ROOT, environment
from process_helpers import ran

from autograder.errors import SandboxError
from autograder.grading.cluster import Cluster
from autograder.judging.cases import Cases
from autograder.settings import Settings

DOCS = (
    (ROOT / "docs/many-machines.md").read_text().partition("## Who judges")[0]
)

# Prints the ports of processes, and of those below them, that other machines can reach and
# that speak no TLS.
OPEN = """
import psutil, socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
for pid in map(int, sys.argv[1:]):
    for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
        for one in process.net_connections("inet"):
            if one.status == "LISTEN" and one.laddr.ip != "127.0.0.1":
                try:
                    context.wrap_socket(socket.create_connection(("127.0.0.1", one.laddr.port))).close()
                except OSError:
                    print(one.laddr.port)
"""


def script(port):
    """The documented commands in their order, on a port of this machine; Dask's run in the
    background.
    """
    blocks = re.findall(r"(?m)(?:^    .*\n)+", DOCS)
    lines = textwrap.dedent("".join(blocks)).replace(
        "0.0.0.0:8786", f"0.0.0.0:{port}"
    )
    lines = lines.replace("HOST:8786", f"127.0.0.1:{port}").replace(
        "--nworkers 16", "--nworkers 2"
    )
    lines = lines.replace("linear_regression", NAME)
    lines = re.sub(r"(?m)^pip .*\n", "", lines)
    lines = lines.replace(
        "source tls/", "mkdir copied; mv tls copied\nsource copied/tls/"
    )
    lines = re.sub(r"(?m)^(dask .*)$", r"\1 >>dask.log 2>&1 &", lines)
    listens = f"until (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null; do sleep 0.1; done"
    lines = lines.replace("dask worker", f"{listens}\ndask worker")
    return (
        f"set -e\ntrap 'kill $(jobs -p); wait' EXIT\n{lines}\npython -c '{OPEN}' $(jobs "
        f"-p) >open.txt"
    )


@pytest.mark.exhaustive
def test_the_documented_commands_grade_over_tls(tmp_path):
    """As on one machine; certificates are found where they were copied to, and nothing is open."""
    answers = ROOT / "tests/right_answers" / NAME
    (tmp_path / "submissions").mkdir()
    for path in sorted(answers.glob("*.py"))[:2]:
        (tmp_path / "submissions" / path.name).write_bytes(path.read_bytes())
    port = a_port()
    home = {
        "XDG_CACHE_HOME": os.path.expanduser("~/.cache"),
        "HOME": str(tmp_path),
    }  # without Dask's settings
    done = ran(
        "bash", "-c", script(port), cwd=tmp_path, env={**environment(), **home}
    )
    log = (tmp_path / "dask.log").read_text("utf-8", "replace")
    assert done.returncode == 0, done.stderr + log
    assert "Graded 2 submissions" in done.stdout
    assert "unencrypted" not in done.stderr
    run(
        "grade",
        "submissions",
        "--assignment",
        NAME,
        "--out",
        "here",
        cwd=tmp_path,
    )
    assert without_times(tmp_path / "results") == without_times(
        tmp_path / "here"
    )
    assert (tmp_path / "open.txt").read_text() == ""
    assert (tmp_path / "copied/tls/key.pem").stat().st_mode & 0o777 == 0o600


def test_a_connection_over_tls_that_fails_names_the_certificates():
    """Not only a scheduler that does not run: the certificates may be another's, or missing."""
    with pytest.raises(
        SandboxError,
        match=r"No Dask scheduler at tls://.*certificates",
    ):
        Cluster(
            Cases("", 0, {}),
            Settings(),
            (),
            f"tls://127.0.0.1:{a_port()}",
            warn=print,
        )
