"""What stands in for parts of a training loop: batches in a given order, and a right `sgd`.

Workers that try such a loop get this file as it is, and no worker that tries a part itself.
"""

import inspect

import torch


def recorded(order, features, labels, draws=False):
    """What a recorded double returns: batches of these examples in this order.

    draws: whether each pass logs an order that the student's own draws at its start.
    """
    return {"order": order, "features": features, "labels": labels, "draws": draws}


def follows_this_order(given, own, log):
    """Batches in this order at each call, as a generator or a list, like the student's own.

    For each pass that may train, since gradients are recorded, the log gets whether it
    covers all data with the right batch size, and the order that own draws at its start; []
    if that is not asked for, or if own repeats it anyway.
    """
    order = given["order"]
    rows = [row for batch in order for row in batch]

    def double(batch_size, features, labels):
        def again():
            # By name first, since own may have another order.
            named = {"batch_size": batch_size, "features": features, "labels": labels}
            for args, by_name in ((), named), ((batch_size, features, labels), {}):
                try:
                    return own(*args, **by_name)
                except Exception:
                    continue
            return None  # then iterating again counts as a new pass

        if int(batch_size) == batch_size:
            batch_size = int(batch_size)  # 10.0, or a tensor of one number
        places = places_of(features, labels, given)
        if places is None:
            at = [row for row in rows if row < len(features)]
        else:
            at = [places[row] for row in rows]
        pieces = [at[i : i + batch_size] for i in range(0, len(at), batch_size)]
        batches = [(features[piece], labels[piece]) for piece in pieces]
        is_whole = places is not None and [*map(len, pieces)] == [*map(len, order)]

        def note():
            if not torch.is_grad_enabled():
                return
            drawn = []
            if given["draws"]:
                drawn = drawn_by(own)
                if drawn == drawn_by(own):
                    drawn = []
            log.append((is_whole, drawn))

        if own is None or inspect.isgeneratorfunction(own):
            return noted(batches, note)
        note()
        return Batches(batches, note, again)

    return double


def noted(batches, note):
    """The same, once: a generator that nobody reads makes no pass, so the log gets none."""
    note()
    yield from copies(batches)


def copies(batches):
    """The batches with copies of their tensors, which the loop may change."""
    for X, y in batches:
        yield X.clone(), y.clone()


class Batches(list):
    """The batches of a pass, for a loop that iterates, indexes or counts them.

    Iterating it again does the same as for the student's own: a new pass, which the log
    gets too, the same batches, or nothing.
    """

    def __init__(self, batches, note, again):
        super().__init__(batches)
        self.note, self.again, self.begun = note, again, False

    def __iter__(self):
        given = self.again() if self.begun else []
        if hasattr(given, "__next__"):
            return iter(())
        if not isinstance(given, list | tuple):
            self.note()
        self.begun = True
        return copies(super().__iter__())


def places_of(features, labels, given):
    """For each example its place in the arguments of data_iter; None if these are other data.

    The same examples in another order, shape or dtype are the same data.
    """
    of_train = given["features"], given["labels"]
    for t in features, labels:
        if not isinstance(t, torch.Tensor) or not t.dim():
            return None
    if len(features) != len(labels):
        return None
    if is_same(features, of_train[0]) and is_same(labels, of_train[1]):
        return range(len(features))
    places = numbers_of(paired(*of_train), paired(features, labels))
    return None if -1 in places or len(features) != len(places) else places


def is_same(t, other):
    return t.dtype == other.dtype and t.equal(other)


def paired(features, labels):
    """Each example's features and label, as numbers."""
    columns = [t.detach().double().reshape(len(t), -1) for t in (features, labels)]
    return [*map(tuple, torch.cat(columns, 1).tolist())]


def numbers_of(came, given):
    """For each example that came the next of its numbers in the data; -1 if none is left."""
    free = {}
    for i in reversed(range(len(given))):
        free.setdefault(given[i], []).append(i)
    numbers = []
    for example in came:
        of_example = free.get(example)
        numbers.append(of_example.pop() if of_example else -1)
    return numbers


def drawn_by(own):
    """The order in which a data_iter gives 30 examples; [] if it fails."""
    rows = torch.arange(30.0)
    order = []
    try:
        for _, (_, y) in zip(rows, own(3, rows.reshape(-1, 1), rows)):
            order += y.tolist()
    except Exception:
        return []
    return order


def leaves_gradients_as_own_does(right, own):
    """A right sgd that keeps or zeroes gradients as the student's own: a loop may rely on that.

    If theirs drops gradients, or is missing, this one zeroes them, and a loop may zero them again.
    """
    is_kept = own is not None and keeps_gradients(own)

    def adapted(params, lr, batch_size):
        right(params, lr, batch_size)
        if not is_kept:
            for p in params:
                p.grad.zero_()

    return adapted


def keeps_gradients(sgd):
    """Whether an sgd leaves a gradient of those that it used, as a call shows.

    A loop may not rely on an sgd that zeroes only one.  If it fails with and without
    recording, nobody can tell: a loop that zeroes them again is right.
    """
    for recording in (torch.enable_grad, torch.no_grad):
        params = [torch.ones(shape, requires_grad=True) for shape in ((2, 1), (1,))]
        for p in params:
            p.grad = torch.ones_like(p)
        try:
            # An sgd that leaves recording off does so for this call alone.
            with recording():
                sgd(list(params), 0.5, 2)
        except BaseException:
            continue
        used = [p for p in params if not p.eq(1).all()] or params
        return any(p.grad is not None and p.grad.any() for p in used)
    return False
