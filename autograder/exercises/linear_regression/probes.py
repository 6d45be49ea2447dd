"""What workers do with the functions of this chapter besides calling them.

Workers get this file as it is.  It has no right answer.
"""

import inspect
from functools import partial
from itertools import islice

import numpy as np
import torch

from autograder.sandbox.inside.probes import seed


def passes(f, batch_size, features, labels, count, left, ahead, number):
    """Passes over the data, as `one_pass` returns each after it has ended.

    left: (rows, size, many); a pass over the first rows, in batches of this size, stops after
    so many batches, and a whole pass follows.  Meanwhile the features have other signs.
    count: passes in turn after these.
    ahead: how many batches a pass gives before a second one begins; both then go on in turn.

    Each pass is cut off once it has more batches than a right one, or three times the examples.
    With the passes come features and labels as a pass left them, which are put back before the
    next one, and
    recording: whether gradients are recorded while a loop has a batch;
    inference: whether a batch is of tensors that backward() refuses;
    rewritten: whether a batch changes when the next one comes.
    """
    seen = {"recording": True, "inference": False, "rewritten": False}
    given = {"features": features, "labels": labels}
    before = {name: data.clone() for name, data in given.items()}
    left_behind = {}

    def asked(size=batch_size, X=features, y=labels):
        """The batches, by an iterator that is asked for once, as in a loop."""
        earlier = []
        rows = 0
        for batch in f(size, X, y):
            seen["rewritten"] |= any(t._version > version for t, version in earlier)
            seen["recording"] = seen["recording"] and torch.is_grad_enabled()
            parts = batch if isinstance(batch, tuple | list) else ()
            tensors = [t for t in parts if isinstance(t, torch.Tensor)]
            seen["inference"] |= any(t.is_inference() for t in tensors)
            earlier = [(t, t._version) for t in tensors if not t.is_inference()]
            yield batch
            rows += max((len(t) for t in tensors if t.dim()), default=0)
            if rows > 3 * features.shape[0]:
                return

    def ended(batches):
        """A pass that has ended; what it changed is kept, and put back."""
        batches = one_pass(batches)
        for name, data in given.items():
            if not torch.equal(data, before[name]):
                left_behind.setdefault(name, data.detach().clone())
                data.data = before[name].clone()
        return batches

    seed(number)
    most = -(-features.shape[0] // batch_size) + 2
    came = []
    for rows, size, many in left:
        data = features, labels
        if rows < len(features):
            data = features[:rows], labels[:rows]
        features.data.neg_()  # which shows what keeps a copy
        [*islice(asked(size, *data), many)]
        features.data.neg_()
        came.append(ended(islice(asked(), most)))
    for _ in range(count):
        came.append(ended(islice(asked(), most)))
    for many in ahead:
        first = asked()
        of_first = [*islice(first, many)]
        second = asked()
        of_second = []
        for _ in range(most):
            of_second += islice(second, 1)
            of_first += islice(first, 1)
        came += [ended(of_first[:most]), ended(of_second)]
    return {"passes": came} | given | left_behind | seen


def one_pass(batches):
    """The batches of a pass: {"sizes", "X", "y"} if all are pairs that fit, else a list."""
    batches = [as_it_is(batch) for batch in [*batches]]
    if not batches or not all(map(is_pair, batches)):
        return batches
    X, y = zip(*batches)
    if any(len({(t.dtype, t.shape[1:]) for t in part}) > 1 for part in (X, y)):
        return batches
    return {"sizes": [len(t) for t in X], "X": torch.cat(X), "y": torch.cat(y)}


def as_it_is(batch):
    """A copy of what the batch unpacks to; taken after its pass, which may change it."""
    if isinstance(batch, torch.Tensor | np.ndarray | str | bytes | dict | set):
        return batch  # they unpack too, but to something else
    try:
        parts = [*islice(batch, 3)]
    except TypeError:
        return batch
    return [t.detach().clone() if isinstance(t, torch.Tensor) else t for t in parts]


def is_pair(batch):
    """Whether it is a list of two tensors with as many rows."""
    if type(batch) is not list or len(batch) != 2:
        return False
    X, y = batch
    if not isinstance(X, torch.Tensor) or not isinstance(y, torch.Tensor):
        return False
    return X.dim() > 0 < y.dim() and len(X) == len(y)


def ends(own):
    """The student's own with an end to each pass, so that an endless one costs little time."""

    def bounded(*args, **kwargs):
        result = own(*args, **kwargs)
        if not inspect.isgenerator(result):
            return result
        sizes = [
            len(a)
            for a in (*args, *kwargs.values())
            if isinstance(a, torch.Tensor) and a.dim()
        ]
        return cut_off(result, 2 * max(sizes, default=1 << 20) + 10)

    return bounded


def cut_off(batches, limit):
    for count, batch in enumerate(batches):
        if count == limit:
            raise RuntimeError("data_iter gives more batches than there are examples")
        yield batch


def steps(f, values, grads, settings, further):
    """The parameters after each step.

    values: one tensor per parameter.  grads: for each step one tensor per parameter.
    settings: for each step (lr, batch_size).
    further: whether to take one more plain step through the list.  A tensor that was replaced,
    no longer requires gradients or is not a leaf does not move in it; the values show that, so
    the worker need not be trusted.
    touched, of the result: the places of parameters whose gradients were changed to anything
    but zero or None.
    """
    params = [v.requires_grad_() for v in values]
    given = list(params)
    cotangents = [g + 1 for g in grads[-1]]  # f may zero the gradients in place
    after = []
    then = []
    touched = set()
    for step_grads, (lr, batch_size) in zip(grads, settings):
        before = [g.clone() for g in step_grads]
        for p, g in zip(params, step_grads):
            p.grad = g
        f(given, lr, batch_size)
        after.append([p.detach().clone() for p in params])
        for i, (p, g) in enumerate(zip(params, before)):
            if p.grad is not None and p.grad.any() and not p.grad.equal(g):
                touched.add(i)
    if further:
        step_through(given, params, cotangents)
        then = [p.detach().clone() for p in params]
    return {"after": after, "then": then, "touched": sorted(touched)}


def step_through(given, params, cotangents):
    """One plain step of the caller's tensors, by gradients that come through the list's."""
    for p in (*given, *params):
        p.grad = None
    # By identity, since f may have changed the order of the list.
    of_params = {id(p): c for p, c in zip(params, cotangents)}
    sums = []
    for p, c in zip(given, cotangents):
        if p.requires_grad:
            sums.append((p * of_params.get(id(p), c)).sum())
    if sums:
        torch.autograd.backward(sums)
    with torch.no_grad():
        for p in params:
            if p.is_leaf and p.grad is not None:
                p -= p.grad


def trained(f, log, w, b, features, labels, lr, num_epochs, batch_size):
    """w and b after training, and the losses, or what was returned.

    calls: how many passes a recorded double made that may train.
    passes: of those, the ones over train's own data by its batch_size.
    alike: whether something between two passes made the student's data_iter repeat its order.
    then: w and b after a second call with the same tensors and half the rate; a single example.
    kept: whether the losses stay as they are meanwhile.
    changed: which of the data are no longer as they were.
    unable: the parameters that can no longer learn.
    """
    w.requires_grad_(), b.requires_grad_()
    X, y = features.clone(), labels.clone()
    returned = f(w, b, features, labels, lr, num_epochs, batch_size)
    noted = [*log.get("data_iter", ())]
    losses = numbers(returned)
    kept = True
    ends = [where(w), where(b)]
    then = []
    if len(X) == 1 and num_epochs > 1 and w.requires_grad and b.requires_grad:
        f(w, b, features, labels, lr / 2, num_epochs, batch_size)
        kept = str(numbers(returned)) == str(losses)
        then = [w.detach().clone(), b.detach().clone()]
    changed = []
    for name, now, before in (("features", features, X), ("labels", labels, y)):
        if not now.equal(before):
            changed.append(name)
    orders = [order for _, order in noted if order]
    return {
        "w": ends[0],
        "b": ends[1],
        "calls": len(noted),
        "passes": sum(is_whole for is_whole, _ in noted),
        "alike": any(order == orders[0] for order in orders[1:]),
        "losses": losses,
        "kept": kept,
        "then": then,
        "changed": changed,
        "unable": unable(w, b),
    }


def stepped(f, w, b, features, labels, lr, num_epochs, batch_size):
    """Which parameters a training moves, and which by a gradient that was used before.

    moved: the names of those that are no longer where they were.
    reused: the names of those to whose gradient backward() adds, although the parameter
    moved since that gradient was computed.  Gradients that nobody uses in between, as of
    the examples of one batch, may add up.
    """
    w.requires_grad_(), b.requires_grad_()
    starts = w.detach().clone(), b.detach().clone()
    reused = set()
    handles = []
    for name, p in (("w", w), ("b", b)):
        handles += watched(p, partial(reused.add, name))
    f(w, b, features, labels, lr, num_epochs, batch_size)
    for handle in handles:
        handle.remove()
    ends = [("w", w, starts[0]), ("b", b, starts[1])]
    moved = [name for name, p, start in ends if not p.equal(start)]
    return {"moved": moved, "reused": sorted(reused)}


def watched(p, note):
    """Call note() where backward() adds to a gradient by which p has moved already.

    Returns the handles of the hooks.
    """
    at_backward = p.detach().clone()
    is_reused = False

    def look(gradient):
        nonlocal is_reused
        has_moved = not p.detach().equal(at_backward)
        is_reused = has_moved and p.grad is not None and bool(p.grad.any())
        at_backward.copy_(p.detach())

    def added(p):
        # Not called by torch.autograd.grad, which leaves p.grad alone.
        if is_reused:
            note()

    return p.register_hook(look), p.register_post_accumulate_grad_hook(added)


def where(p):
    """Where a parameter ended: nan if a number is infinite, as `numbers` says of losses."""
    end = p.detach().clone()
    return end if end.isfinite().all() else end * float("nan")


def numbers(returned):
    """Floats, if the value holds numbers in a form that can be read twice; else the value itself.

    nan for an infinite one, because which of the two comes out depends on the formula.
    """
    kind = type(returned)
    # No map, zip or view.
    is_sequence = hasattr(kind, "__getitem__") and hasattr(kind, "__len__")
    if isinstance(returned, (str, bytes, dict)) or not is_sequence:
        return returned
    try:
        items = [*returned]
        if any(isinstance(x, (str, bytes)) for x in items):
            return items
        return [x if x - x == 0 else float("nan") for x in map(float, items)]
    except (TypeError, ValueError, RuntimeError):
        return returned


def unable(w, b):
    """Which of the parameters backward() does not give the right gradient."""
    names = []
    for name, p in (("w", w), ("b", b)):
        p.grad = None
        if p.requires_grad:
            with torch.enable_grad():
                (p * 2.0**100).sum().backward()
        if p.grad is None or not (p.grad == 2.0**100).all():
            names.append(name)
        p.grad = None
    return names
