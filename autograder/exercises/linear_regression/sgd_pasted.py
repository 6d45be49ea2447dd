"""What is asked of `sgd`, as lines for a student's notebook."""

from __future__ import annotations

from autograder.exercises.linear_regression.sgd import sgd, steps, steps_and_one_more

SEVERAL = "wbvus"  # as the checks call them


@sgd.paste(of=[steps])
def steps_as_lines(literal, replays, values, grads, settings):
    """Leaf tensors with their gradients, a call for each step, and where the tensors are then."""
    letters = SEVERAL[: len(values)] if 1 < len(values) <= len(SEVERAL) else []
    is_fine = any(value.dtype.itemsize > 4 for value in values)  # a tensor shows four digits after the point
    shown = "[p.tolist() for p in try_params]"
    names = [f"try_{letters[i] if letters else f'p{i}' if i else 'p'}" for i in range(len(values))]
    lines = [f"{name} = {literal(v.detach().requires_grad_())}" for name, v in zip(names, values)]
    lines.append(f"try_params = [{', '.join(names)}]")
    for step_grads, setting in zip(grads, settings):
        lines += [f"{name}.grad = {literal(grad)}" for name, grad in zip(names, step_grads)]
        lines.append(f"sgd(try_params, {', '.join(map(literal, setting))})")
        if len(settings) > 1:
            lines.append(f"print({shown if is_fine else ', '.join(names)})")
    return lines if len(settings) > 1 else [*lines, shown if is_fine else ", ".join(names)]


@sgd.paste(of=[steps_and_one_more])
def more_steps_as_lines(literal, replays, *args):
    """The same, and whether a further backward() still reaches the tensors through the list."""
    *lines, shown = steps_as_lines(literal, replays, *args)
    each = next(line for line in lines if line.startswith("try_params = "))[14:-1].split(", ")
    return [
        *lines,
        f"print({shown})",
        " = ".join(f"{name}.grad" for name in each) + " = None",
        "sum(p.sum() for p in try_params).backward()",
        ", ".join(f"{name}.grad" for name in each),
    ]
