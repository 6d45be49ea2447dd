"""What is asked of `train`, as lines for a student's notebook."""

from __future__ import annotations

from autograder.exercises.linear_regression.train import train, trained


@train.paste(of=[trained])
def training_as_lines(literal, replays, w, b, features, labels, lr, num_epochs, batch_size):
    """w and b, a call, and where it leaves them; with several batches, in the order that was replayed."""
    data = ", ".join(map(literal, (features, labels)))
    setting = ", ".join(map(literal, (lr, num_epochs, batch_size)))
    call = f"train(try_w, try_b, {data}, {setting}), try_w, try_b"
    lines = [f"try_{name} = {literal(p.detach().requires_grad_())}" for name, p in (("w", w), ("b", b))]
    order = replays["data_iter"]["order"] if "data_iter" in replays else ()
    if len(order) < 2:
        return [*lines, call]
    batches = [(features[rows], labels[rows]) for rows in order]
    return [
        *lines,
        f"try_batches = {literal(batches)}",
        "try_own = data_iter",
        "data_iter = lambda *args, **kwargs: ((X.clone(), y.clone()) for X, y in try_batches)",
        "try:",
        f"    print({call})",
        "finally:",
        "    data_iter = try_own",
    ]
