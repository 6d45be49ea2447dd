"""Doubles of `data_iter` in a training loop: the student's own, bounded, or recorded batches."""

import inspect

import torch

from autograder.exercises.linear_regression.data_iter import data_iter


def cut_off(batches, limit):
    for count, batch in enumerate(batches):
        if count == limit:
            raise RuntimeError("data_iter gives more batches than there are examples")
        yield batch


@data_iter.bounded
def ends(own):
    """The student's own with an end to each pass, so that an endless one costs little time."""

    def bounded(*args, **kwargs):
        result = own(*args, **kwargs)
        if not inspect.isgenerator(result):
            return result
        sizes = [len(a) for a in (*args, *kwargs.values()) if isinstance(a, torch.Tensor) and a.dim()]
        return cut_off(result, 2 * max(sizes, default=1 << 20) + 10)

    return bounded


def recorded(order, features, labels):
    """What a recorded double returns: batches of these examples in this order."""
    return {"order": order, "features": features, "labels": labels}


class Batches:
    """The batches of a pass, for a loop that iterates, indexes or counts them.

    Iterating it again does the same as for the student's own: a new pass, the same batches (not a new pass),
    or nothing.  For each new pass, the log gets whether it covers all data.
    """

    def __init__(self, batches, log, is_whole, again):
        self.batches, self.log, self.is_whole, self.again, self.begun = batches, log, is_whole, again, False

    def __iter__(self):
        if self.begun:
            given = self.again()
            if hasattr(given, "__next__"):
                return iter(())
            if isinstance(given, list | tuple):
                return iter(self.batches)
        self.begin()
        return one_pass(self.batches)

    def begin(self):
        self.begun = True
        self.log.append(self.is_whole)

    def __getitem__(self, i):
        if not self.begun:
            self.begin()
        return self.batches[i]

    def __len__(self):
        return len(self.batches)


def one_pass(batches):
    """A pass with copies of its tensors, which the loop may change."""
    for X, y in batches:
        yield X.clone(), y.clone()


def logged(batches, log, is_whole):
    log.append(is_whole)
    yield from one_pass(batches)


def places(features, labels, given):
    """For each example its place in the arguments of data_iter; None if these are other data.

    The same examples in another order, shape or dtype are the same data.
    """
    known = given["features"], given["labels"]
    both = features, labels
    if not all(isinstance(t, torch.Tensor) and t.dim() for t in both) or len(features) != len(labels):
        return None
    if all(t.dtype == own.dtype and t.shape == own.shape and t.equal(own) for t, own in zip(both, known)):
        return range(len(features))
    rows, wanted, found = paired(*both), paired(*known), {}
    for place, row in enumerate(rows):
        found.setdefault(row, []).append(place)
    there = [found[row].pop() if found.get(row) else None for row in wanted]
    return None if None in there or len(rows) != len(there) else there


def paired(features, labels):
    """Each example's features and label, as numbers."""
    columns = [t.detach().double().reshape(len(t), -1) for t in (features, labels)]
    return [*map(tuple, torch.cat(columns, 1).tolist())]


def gives_again(own, batch_size, features, labels):
    """What the student's own returns; None if the call fails: then a second loop counts as a new pass."""
    named = {"batch_size": batch_size, "features": features, "labels": labels}
    for args, kwargs in ((), named), ((batch_size, features, labels), {}):
        try:
            return own(*args, **kwargs)
        except Exception:
            continue
    return None


@data_iter.recorded
def follows_this_order(given, own, log):
    """Batches in this order at each call, as a generator or a list, like the student's own.

    For each pass, the log gets whether it covers all data with the right batch size.
    """
    order = given["order"]
    rows = [row for batch in order for row in batch]

    def double(batch_size, features, labels):
        if int(batch_size) == batch_size:
            batch_size = int(batch_size)  # 10.0, or a tensor of one number
        there = places(features, labels, given)
        at = [row for row in rows if row < len(features)] if there is None else [there[row] for row in rows]
        pieces = [at[i : i + batch_size] for i in range(0, len(at), batch_size)]
        batches = [(features[piece], labels[piece]) for piece in pieces]
        is_whole = there is not None and [*map(len, pieces)] == [*map(len, order)]
        if own is None or inspect.isgeneratorfunction(own):
            return logged(batches, log, is_whole)
        return Batches(batches, log, is_whole, lambda: gives_again(own, batch_size, features, labels))

    return double
