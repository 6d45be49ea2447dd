# The kit with its walls, for `docker run`, podman and Kubernetes: docs/operating.md says how, and what stands in each.
FROM debian:trixie-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv bubblewrap libseccomp2 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home grader
COPY pyproject.toml README.md LICENSE /src/
COPY autograder /src/autograder
COPY solutions /src/solutions
COPY assignments /src/assignments
# torch for processors alone: nothing is graded on a GPU, and its wheel is a tenth of the usual one with CUDA.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN python3 -m venv /opt/kit \
 && /opt/kit/bin/pip install --no-cache-dir torch --extra-index-url "$TORCH_INDEX" --index-url "$TORCH_INDEX" \
 && /opt/kit/bin/pip install --no-cache-dir "/src[postgres]" \
 && rm -rf /src
ENV PATH=/opt/kit/bin:$PATH
USER grader
WORKDIR /work
ENTRYPOINT ["autograder"]
