"""Parts of torch that few need are run when they are asked for, and nobody can tell but by the time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from autograder.sandbox.inside import postponed

pytestmark = pytest.mark.slow  # each asks a Python of its own, or two

START = """
import gc, importlib, json, os, signal, sys, warnings
warnings.simplefilter("ignore")
from autograder.sandbox.inside import postponed
if {lean}:
    postponed.import_torch()
import torch
torch.set_num_threads(1)
def waiting():
    return [name for name in postponed.PARTS if isinstance(sys.modules.get(name), postponed._Postponed)]
"""


def said(program: str, lean: bool = True, **environment: str) -> object:
    """What a Python of its own prints at the end, with torch imported so, or as ever."""
    command = [sys.executable, "-c", START.format(lean=lean) + program]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})
    assert 0 == done.returncode, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_all_parts_wait_after_what_students_use():
    """Whatever a zygote runs before its first fork asks for none of them."""
    program = """
from autograder.sandbox.preload import PRELOAD
for name in PRELOAD:
    importlib.import_module(name)
from autograder.sandbox.inside import warmth
warmth.warm_up()
torch.randperm(3, generator=torch.Generator().manual_seed(1))
print(json.dumps(waiting()))
"""
    assert [*postponed.PARTS] == said(program)


TOGETHER = (
    "assert [2, 3] == [*torch.broadcast_shapes((2, 1), (1, 3))]",
    "from torch import _refs; _refs.nn.functional.relu",
    "import torch._refs.linalg",
    "import torch.optim; torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1).step()",
    "import torch.fx.experimental.symbolic_shapes; torch.ops.prims.sum",
    "dir(torch._prims)",
)
ALONE = {
    "assert torch.distributions.Normal(0.0, 1.0).sample((2,)).shape == (2,)": postponed.DISTRIBUTIONS,
    "from torch.distributions import *; assert Normal": postponed.DISTRIBUTIONS,
    "import torch.distributions.normal as n; assert n.Normal is torch.distributions.Normal": (
        postponed.DISTRIBUTIONS
    ),
    "import importlib.util; assert importlib.util.find_spec('torch.distributions.normal').origin; "
    "importlib.reload(torch.distributions); assert torch.distributions.Normal": postponed.DISTRIBUTIONS,
    "torch.distributions.mine = 1; assert torch.distributions.Normal": postponed.DISTRIBUTIONS,
    "import json, importlib; json.dumps = None; importlib.reload(json); assert json.dumps(1) == '1'": (),
    "import warnings; warnings.simplefilter('error'); torch.masked.MaskedTensor": postponed.MASKED,
    "torch.masked.masked_tensor(torch.ones(2), torch.tensor([True, False])).sum()": postponed.MASKED,
    "torch.quantization.quantize; torch.nn.quantized.Linear": postponed.QUANTIZED,
}
IN_A_FORK = """
def in_a_fork(job):
    read, write = os.pipe()
    if not (pid := os.fork()):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1), os.dup2(1, 2)
        with os.fdopen(write, "w") as file:
            json.dump(job(), file)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as file:
        told = file.read()
    os.waitpid(pid, 0)
    return json.loads(told or '"died"')
"""
EACH = """
def run(program):
    try:
        exec(program, {"torch": torch, "sys": sys})
    except BaseException as error:
        return repr(error)
    return waiting()
"""


@pytest.fixture(scope="module")
def waiting_after() -> dict[str, list[str] | str]:
    """What still waits after each of these programs, or what it raised."""
    programs = [*TOGETHER, *ALONE]
    told = f"print(json.dumps([in_a_fork(lambda: run(one)) for one in {programs!r}]))"
    return dict(zip(programs, said(IN_A_FORK + EACH + told), strict=True))


@pytest.mark.parametrize("asks", TOGETHER)
def test_what_rests_on_one_another_is_run_together(waiting_after, asks):
    """By whatever name it is asked for, and if torch imports more of itself, which asks for it unsaid."""
    assert isinstance(waiting_after[asks], list), waiting_after[asks]
    assert not {*postponed.META} & {*waiting_after[asks]}


@pytest.mark.parametrize("asks", ALONE)
def test_a_part_is_run_when_it_is_asked_for(waiting_after, asks):
    """And no other of those that stand alone."""
    alone = {*postponed.DISTRIBUTIONS, *postponed.MASKED, *postponed.QUANTIZED}
    assert isinstance(waiting_after[asks], list), waiting_after[asks]
    assert alone - {*ALONE[asks]} == alone & {*waiting_after[asks]}


def test_whoever_is_deep_in_calls_has_them_whole():
    """A part that breaks off while it is run would stay broken."""
    program = """
def deep(left):
    return deep(left - 1) if left else torch._refs.add.__name__
limit = sys.getrecursionlimit()
print(json.dumps([deep(limit - 60), waiting(), sys.getrecursionlimit() == limit]))
"""
    name, left, same = said(program)
    assert ("add", True) == (name, same)
    assert not {*postponed.META} & {*left}


def test_a_name_that_is_not_there_is_said_as_ever():
    """Whoever looks whether there is one gets no other answer."""
    program = """
try:
    torch.distributions.Norml
except AttributeError as error:
    print(json.dumps([str(error), hasattr(torch.masked, "__wrapped__"), waiting()]))
"""
    lean, whole = said(program), said(program, lean=False)
    assert lean[:2] == whole[:2]
    assert "torch.masked" in lean[2]


@pytest.mark.parametrize(("version", "waits"), [("2.7.1", False), ("2.8.0", True), ("99.0.0", False)])
def test_another_version_is_imported_whole(tmp_path, version, waits):
    """It may import itself in another order; one that fits is known by its file, before it is imported."""
    package = tmp_path / "torch"
    (package / "masked").mkdir(parents=True)
    (package / "__init__.py").write_text("from torch import masked\ndef set_num_threads(n): pass\n")
    (package / "masked" / "__init__.py").write_text("x = 1\n")
    (package / "version.py").write_text(f"__all__ = []\n__version__ = '{version}'\n")
    found = said("print(json.dumps(waiting()))", PYTHONPATH=f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}")
    assert (["torch.masked"] if waits else []) == found


# Every public function, called with many kinds of arguments; a few in each fork, which ends with what is run.
CALLS = """
NAMES = ["torch", "torch.Tensor", "torch.distributions", "torch.masked"]
NAMES += ["torch." + name for name in (
    "nn nn.functional nn.init nn.utils linalg fft special autograd autograd.functional func random sparse "
    "nested utils.data optim signal.windows jit"
).split()]
# What draws from the system, shows memory that nobody wrote, or changes the process.
LEFT_OUT = set(
    "seed initial_seed get_rng_state set_rng_state fork wait from_file load save compile main data_ptr "
    "empty empty_like empty_strided empty_permuted empty_quantized new new_empty new_empty_strided "
    "frombuffer from_dlpack resize resize_as set_default_dtype import_ir_module".split()
)
x = lambda: torch.tensor([[1.0, 2.0], [3.0, 5.0]], requires_grad=True)
v = lambda: torch.tensor([1.0, 2.0, 3.0])
i = lambda: torch.tensor([1, 0])
FEW = 8
SETS = [
    [], [x], [v], [x, x], [x, lambda: 0], [x, i], [x, lambda: 0, i], [lambda: (2, 2)], [lambda: [x(), x()]],
    [lambda: "ij,jk->ik", x, x], [lambda: (2, 1), lambda: (1, 3)], [lambda: [x()], lambda: 0.1],
]

def shown(result):
    if isinstance(result, torch.Tensor):
        told = f"{result.dtype} {tuple(result.shape)}"
        if result.grad_fn is not None and result.is_floating_point():
            result.sum().backward()
        return told
    if isinstance(result, (tuple, list)):
        return [shown(one) for one in result[:4]]
    return type(result).__name__

def called(function, made):
    torch.manual_seed(0)
    signal.alarm(20)
    try:
        return shown(function(*[make() for make in made]))
    except BaseException as error:
        return [type(error).__name__, str(error).partition(" at 0x")[0][:150]]
    finally:
        signal.alarm(0)
        torch.set_grad_enabled(True)

def owner(name):
    return torch.Tensor if name == "torch.Tensor" else importlib.import_module(name)

def names(name):
    listed = sorted(n for n in dir(owner(name)) if n[0] != "_" and n not in LEFT_OUT)
    return [n for n in listed if callable(getattr(owner(name), n)) and not (
        name == "torch" and isinstance(getattr(torch, n), type))]

gc.collect(), gc.freeze(), gc.disable()
signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(TimeoutError()))
found = {}
for place in NAMES:
    left = in_a_fork(lambda: names(place))
    while left:
        some, left = left[:FEW], left[FEW:]
        all_of = lambda name: [called(getattr(owner(place), name), made) for made in SETS]
        told = in_a_fork(lambda: [*map(all_of, some)])
        found |= {f"{place}.{name}": one for name, one in zip(some, told, strict=True)}
print(json.dumps([found, waiting()]))
"""


def test_every_function_of_torch_does_as_ever():
    """Tens of thousands of calls, each where all parts still wait: the same form, or the same error."""
    with ThreadPoolExecutor() as pool:
        (lean, waiting), (whole, none) = pool.map(said, [IN_A_FORK + CALLS] * 2, [True, False])
    assert [*postponed.PARTS] == waiting
    assert [] == none
    assert 1000 < len(whole)
    assert {} == {name: (whole[name], lean.get(name)) for name in whole if whole[name] != lean.get(name)}
