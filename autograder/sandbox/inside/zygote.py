"""Imports torch once, then forks one locked worker per request; trusted, so it never reads from a worker.

Questions that many submissions will meet are decoded here once, and lie ready in each worker.

On the control socket come {"id", "memory", "cpu"} with the worker's end of its socket, {"kill": id},
or {"warm": "compiler"}.  Back go {"ready": which walls stand, "readable": folders} and, for each worker
that ended, {"id", "status", "cpu", "zygote"}: the kernel's word.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import re
import selectors
import signal
import socket
import sys
import time

import torch

from autograder import wire
from autograder.sandbox.inside import loading, lockdown, probes

LOADING = 748_312_065  # seeds what statements draw as they are run: none of a check's own data comes of it
RPC = 3  # a worker's only descriptor besides 0, 1 and 2, which are /dev/null


def warm_up() -> None:
    """Run what student code is likely to use: lazy imports and caches fill once here, not per worker."""
    torch.set_num_threads(1)  # before any operation, since OpenMP threads do not survive a fork
    x, w = torch.ones(4, 2), torch.zeros(2, 1, requires_grad=True)
    torch.nn.functional.mse_loss(torch.mm(x, w), torch.ones(4, 1)).backward()
    torch.nn.Linear(2, 1)(x)
    torch.linalg.lstsq(x, torch.ones(4, 1))
    torch.einsum("ij,jk", x, w)
    data = torch.utils.data.TensorDataset(x, x)
    list(torch.utils.data.DataLoader(data, batch_size=3, shuffle=True))
    repr(x)
    probes.warm_up()


def warm_up_compiler() -> None:
    """torch imports its compiler with the first optimiser: a quarter of a start, and few students need it."""
    w = torch.zeros(2, 1, requires_grad=True)
    optimiser = torch.optim.SGD([w], lr=0.1)
    w.sum().backward()
    optimiser.step()
    optimiser.zero_grad()
    _freeze()


def _freeze():
    gc.collect()
    gc.freeze()


LATER = "sympy", "mpmath"  # what torch's compiler imports


def readable() -> list[str]:
    """The standard library, shared libraries, and the packages imported so far or later, without the kit."""
    stdlib = os.path.dirname(os.__file__)
    paths = {os.path.join(stdlib, p) for p in os.listdir(stdlib) if not p.endswith("-packages")}
    site = [p + os.sep for p in sys.path if p.endswith("-packages")]
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None) or ""
        paths |= {s + file[len(s) :].split(os.sep)[0] for s in site if file.startswith(s)}
    paths |= {s + name for s in site for name in LATER}
    paths |= {"/usr/lib", "/lib", "/lib64", "/etc/ld.so.cache", "/dev/null", "/dev/urandom"}
    kit = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return sorted(p for p in paths if os.path.exists(p) and p != kit)


_HUGE = 1 << 21  # bytes of a huge page on x86-64 and arm64
_MADV_COLLAPSE = 25  # madvise(2), since Linux 6.1; an older kernel refuses, and forks stay slower
_MANY = 25  # workers; the change takes as long as it saves on a hundred, and who takes so many takes more


def _use_huge_pages(proc: int) -> None:
    """Put our memory on huge pages: a fork copies a table entry for each page, and an end visits each.

    Of 250 MB, both take half the time then.  proc: a descriptor of /proc, closed here.
    """
    with open(os.open("self/maps", os.O_RDONLY, dir_fd=proc)) as file:
        lines = file.read().splitlines()
    os.close(proc)
    for line in lines:
        found = re.fullmatch(r"([0-9a-f]+)-([0-9a-f]+) rw-p \S+ \S+ 0\s*(\[heap\])?", line)
        if found:
            start, end = -(-int(found[1], 16) // _HUGE) * _HUGE, int(found[2], 16) // _HUGE * _HUGE
            if start < end:
                address, size = ctypes.c_void_p(start), ctypes.c_size_t(end - start)
                lockdown.libc.madvise(address, size, _MADV_COLLAPSE)


def _read(n):
    buffer = bytearray(n)
    view = memoryview(buffer)
    while view:
        n = os.readv(RPC, [view])
        if not n:
            os._exit(0)
        view = view[n:]
    return buffer


def _write(frame):
    view = memoryview(frame)
    while view:
        view = view[os.write(RPC, view) :]


def _attempt(known, space, name, probe, args, playing, replays):
    """One case.  What it raises is its answer, so that it costs the cases beside it nothing."""
    try:
        log = space.use(playing, replays)
        return known[probe](space[name], log, args)
    except BaseException as error:
        return wire.Raised(*loading.described(error))


def decoded(frames: int) -> list:
    """What the frames in this file hold, one after another: the sources of probes, then questions."""
    with open(frames, "rb") as file:
        heads = iter(lambda: file.read(wire.HEAD.size), b"")
        sizes = map(wire.HEAD.unpack, heads)
        return [wire.unpack_ours(file.read(tree), bytearray(file.read(data))) for tree, data in sizes]


def serve(known: list, by_key: dict) -> None:
    """A worker's loop.  From the first load on, the process is the student's: nothing it says is trusted."""
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = sys.stderr = open(1, "w", errors="replace", closefd=False)  # noqa: SIM115
    torch.set_num_threads = lambda n: None  # a courtesy: libgomp exits where it cannot start a thread
    space = loading.Space()
    os.write(RPC, b"!")  # the judge learns our process id from this message's credentials
    while True:
        size, rest = wire.HEAD.unpack(_read(wire.HEAD.size))
        op, args = wire.unpack_ours(_read(size), _read(rest))
        if op == "known":  # asked but once, since an answer may change its arguments
            op, args = known[args]
        if op == "load":
            space = loading.Space()
            probes.seed(LOADING)
            frame = wire.pack_each([space.load(*args)])
        elif op == "apply":
            module, function, values = args
            frame = wire.pack_each([getattr(sys.modules[module], function)(*values)])
        else:
            name, questions = args
            probes.seed(0)
            frame = wire.pack_each([_attempt(by_key, space, name, *question) for question in questions])
        _write(frame)


def _become_worker(end, ruleset, seccomp, limits, known, by_key):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDWR)
    spare = null if ruleset is None else ruleset
    for i, fd in enumerate((null, null, null, end, spare)):
        os.dup2(fd, 200 + i)  # aside first, so that none overwrites another
    for i in range(5):
        os.dup2(200 + i, i)
    os.closerange(5, 1 << 16)
    if limits is not None:
        lockdown.limit(*limits)
    if ruleset is not None:
        lockdown.restrict_files(4)
    os.close(4)
    if seccomp is not None:
        seccomp.load()
    serve(known, by_key)


def main(control: int, proc: int, frames: int, asked: dict, preload: list[str]) -> None:
    """Serve requests from the control socket until it closes."""
    control = socket.socket(fileno=control)
    for name in preload:
        importlib.import_module(name)
    warm_up()
    sources, *known = decoded(frames)
    by_key = probes.made(sources)
    seccomp = lockdown.seccomp_filter() if asked["seccomp"] else None
    folders = readable()
    ruleset = lockdown.landlock_ruleset(folders) if asked["landlock"] else None
    _freeze()
    gc.set_threshold(50_000)  # a worker lives for a moment: looking for cycles costs more than they do
    ready = {"landlock": ruleset is not None, "seccomp": seccomp is not None}
    ready["limits"] = asked["limits"]
    control.send(json.dumps({"ready": ready, "readable": folders}).encode())
    select, workers, forks = selectors.DefaultSelector(), {}, 0
    select.register(control, selectors.EVENT_READ)
    while True:
        for key, _ in select.select():
            if key.fileobj is not control:
                _, status, usage = os.wait4(workers.pop(key.data), 0)
                select.unregister(key.fileobj)
                os.close(key.fileobj)
                ended = {
                    "id": key.data,
                    "status": os.waitstatus_to_exitcode(status),
                    "cpu": usage.ru_utime + usage.ru_stime,
                    "zygote": time.process_time(),
                }
                control.send(json.dumps(ended).encode())
                continue
            message, ends, _, _ = socket.recv_fds(control, 4096, 1)
            if not message:
                os._exit(0)  # the judge is gone, and PDEATHSIG ends the workers
            ask = json.loads(message)
            if "warm" in ask:
                warm_up_compiler()
                continue
            if "kill" in ask:
                if ask["kill"] in workers:
                    os.kill(workers[ask["kill"]], signal.SIGKILL)
                continue
            forks += 1
            if forks == _MANY:
                _use_huge_pages(proc)
            pid = os.fork()
            if pid == 0:
                try:
                    limits = (ask["memory"], ask["cpu"]) if asked["limits"] else None
                    _become_worker(ends[0], ruleset, seccomp, limits, known, by_key)
                finally:
                    os._exit(70)
            os.close(ends[0])
            workers[ask["id"]] = pid
            select.register(os.pidfd_open(pid), selectors.EVENT_READ, ask["id"])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]), json.loads(sys.argv[4]), sys.argv[5:])
