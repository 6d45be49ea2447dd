"""What a probe's reply must look like, and whether one does: a worker may say anything in its place.

A form is a type (`float` stands for any number), `[form]` for a list, `{name: form}` for a record,
`(form, form)` for either, None for itself, ANYTHING, or a function that says yes or no.
"""

from __future__ import annotations

import torch

ANYTHING = object()
Tensor = torch.Tensor


def fits(form: object, value: object) -> bool:
    """Whether a value, as it was decoded, has this form."""
    if form is ANYTHING:
        return True
    if form is None:
        return value is None
    if form is Tensor:
        return isinstance(value, torch.Tensor)
    if form is float:
        return type(value) in (int, float)
    if isinstance(form, type):
        return type(value) is form
    if type(form) is list:
        return type(value) is list and all(fits(form[0], each) for each in value)
    if type(form) is tuple:
        return any(fits(each, value) for each in form)
    if type(form) is dict:
        return (
            type(value) is dict
            and value.keys() == form.keys()
            and all(fits(each, value[name]) for name, each in form.items())
        )
    return bool(form(value))
