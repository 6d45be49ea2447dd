"""Everything annotated: typing, torch.Tensor, a NamedTuple for a batch, Final constants."""
from __future__ import annotations

from typing import Final, Iterator, List, NamedTuple, Sequence, Tuple, TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from numpy.typing import NDArray

FACTOR: Final[float] = 0.5


class Batch(NamedTuple):
    X: Tensor
    y: Tensor


def data_iter(batch_size: int, features: Tensor, labels: Tensor) -> Iterator[Batch]:
    order: Tensor = torch.randperm(features.shape[0])
    start: int
    for start in range(0, features.shape[0], batch_size):
        part: Tensor = order[start:start + batch_size]
        yield Batch(X=features[part], y=labels[part])


def linreg(X: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return X @ w + b


def squared_loss(y_hat: Tensor, y: Tensor) -> Tensor:
    return FACTOR * (y_hat - y.reshape(y_hat.shape)) ** 2


def sgd(params: Sequence[Tensor], lr: float, batch_size: int) -> None:
    with torch.no_grad():
        for param in params:
            assert param.grad is not None
            param -= lr * param.grad / batch_size


def train(w: Tensor, b: Tensor, features: Tensor, labels: Tensor,
          lr: float, num_epochs: int, batch_size: int) -> List[float]:
    losses: List[float] = []
    for _ in range(num_epochs):
        batch: Batch
        for batch in data_iter(batch_size, features, labels):
            squared_loss(linreg(batch[0], w, b), batch[1]).sum().backward()
            sgd([w, b], lr, batch_size)
            w.grad.zero_(), b.grad.zero_()
        losses.append(squared_loss(linreg(features, w, b), labels).mean().item())
    return losses


def main() -> Tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    X = torch.randn(1000, 2)
    y = X @ torch.tensor([2.0, -3.4]) + 4.2 + 0.01 * torch.randn(1000)
    w, b = torch.zeros(2, 1, requires_grad=True), torch.zeros(1, requires_grad=True)
    print(train(w, b, X, y, 0.03, 3, 10))
    return w, b


if __name__ == '__main__':
    main()
