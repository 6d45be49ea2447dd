#!/usr/bin/env bash
# Gradescope runs this once, as root, while it builds its image: what the kit in source/kit needs.
set -euo pipefail
root="${AUTOGRADER_ROOT:-/autograder}"

apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
  bubblewrap libseccomp2 python3 python3-venv
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "The kit needs Python 3.11 or newer. Choose Ubuntu 24.04 as the base image." >&2
  exit 1
}
python3 -m venv "$root/venv"
# torch without CUDA first, from its own index alone: the image is smaller by gigabytes
"$root/venv/bin/pip" install -q --retries 1 --index-url https://download.pytorch.org/whl/cpu \
  "$(grep '^torch' "$root/source/requirements.txt")" ||
  echo "PyTorch's index cannot be reached. pip installs a torch with CUDA, which needs 5 GB." >&2
"$root/venv/bin/pip" install -q -r "$root/source/requirements.txt"
# Which sandbox layers work here; the instructor reads it in the build log.
PYTHONPATH="$root/source/kit" "$root/venv/bin/python" -m autograder doctor || true
