"""Questions of probes as lines of Python that a student can paste into the notebook."""

from autograder.authoring import N_

# Of an input that a person can follow: examples, epochs and the largest number.
MOST_EXAMPLES = 4
MOST_EPOCHS = 6
LARGEST = 99


def passes(literal, of, batch_size, features, labels, count, left, ahead, number):
    """The batches of each pass, which may have no end.

    The lines seed no generators, since that would change later shuffles in the notebook.
    """
    # One whole pass shows what it changes.
    is_of_several = (left or ahead) and not of.endswith(" changed")
    if is_of_several or of in ("recording", "inference"):
        return []  # they would be too many lines, or not show it
    most = -(-len(features) // batch_size) + 2
    lines = [f"try_features = {literal(features)}", f"try_labels = {literal(labels)}"]
    # What may be right by chance: the examples, or data that are shuffled in place.
    if of and len(features) > 1:
        lines.insert(0, N_("# The order is random: run this a few times."))
    call = f"data_iter({batch_size}, try_features, try_labels)"
    batches = f"[batch for _, batch in zip(range({most}), {call})]"
    if count == 1:
        return [*lines, batches]
    return [*lines, f"for try_pass in range({count}):", f"    print({batches})"]


def steps(literal, of, values, grads, settings, further):
    """Leaf tensors with their gradients, a call for each step, and where the tensors are then.

    If further, also whether a further backward() still reaches the tensors through the list.
    """
    letters = "wbvustrqo" if len(values) > 1 else "p"
    names = [f"try_{letter}" for letter in letters[: len(values)]]
    listed = ", ".join(names)
    lines = []
    for name, value in zip(names, values):
        lines.append(f"{name} = {literal(value.detach().requires_grad_())}")
    lines.append(f"try_params = [{listed}]")
    # A tensor shows four digits after the point.
    is_fine = any(value.dtype.itemsize > 4 for value in values)
    shown = "[p.tolist() for p in try_params]" if is_fine else listed
    is_printed = further or len(settings) > 1
    for step_grads, setting in zip(grads, settings):
        for name, grad in zip(names, step_grads):
            lines.append(f"{name}.grad = {literal(grad)}")
        lines.append(f"sgd(try_params, {', '.join(map(literal, setting))})")
        if is_printed:
            lines.append(f"print({shown})")
    if not is_printed:
        lines.append(shown)
    if further:
        of_grads = [f"{name}.grad" for name in names]
        lines.append(" = ".join([*of_grads, "None"]))
        lines.append("for try_p in try_params:")
        lines.append("    try_p.requires_grad and try_p.sum().backward()")
        lines.append(", ".join(of_grads))
    return lines


def is_easy_to_follow(X, y, num_epochs, batch_size):
    """Whether a person can compute it, and the order of the examples makes no difference."""
    is_small = len(X) <= MOST_EXAMPLES and num_epochs <= MOST_EPOCHS
    is_small = is_small and max(float(X.abs().max()), float(y.abs().max())) <= LARGEST
    is_any_order = batch_size >= len(X) or (
        X.equal(X[:1].expand_as(X)) and y.equal(y[:1].expand_as(y))
    )
    return is_small and is_any_order


def training(literal, of, w, b, features, labels, lr, num_epochs, batch_size):
    """w and b, a call, and where it leaves them, by batches of the student's own data_iter."""
    # no line shows these
    is_hidden = of in ("kept", "learning", "passes", "seed")
    if is_hidden or not is_easy_to_follow(features, labels, num_epochs, batch_size):
        return []
    call = ""
    for rate in (lr, lr / 2) if of == "again" else (lr,):
        setting = ", ".join(map(literal, (rate, num_epochs, batch_size)))
        call += f"train(try_w, try_b, try_features, try_labels, {setting}), "
    return [
        f"try_w = {literal(w.detach().requires_grad_())}",
        f"try_b = {literal(b.detach().requires_grad_())}",
        f"try_features = {literal(features)}",
        f"try_labels = {literal(labels)}",
        f"{call}try_w, try_b",
    ]
