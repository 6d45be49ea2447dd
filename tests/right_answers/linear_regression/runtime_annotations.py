# annotations that are evaluated at definition, with names that need an import (typing, torch.Tensor as T)
import typing as tp
import torch
from torch import Tensor as T, FloatTensor

Pair = tp.Tuple[T, T]
Params = tp.Iterable[tp.Union[T, torch.nn.Parameter]]


def data_iter(batch_size: int, features: T, labels: T) -> tp.Generator[Pair, None, None]:
    n = len(features)
    p = torch.randperm(n)
    yield from ((features[p[i:i + batch_size]], labels[p[i:i + batch_size]]) for i in range(0, n, batch_size))


def linreg(X: T, w: T, b: T) -> FloatTensor:
    return X.matmul(w) + b


def squared_loss(y_hat: T, y: T, scale: tp.Optional[float] = None) -> T:
    scale = scale or .5
    return scale * (y_hat - y.reshape(y_hat.shape)) ** 2


def sgd(params: Params, lr: tp.Union[int, float], batch_size: int = 10) -> None:
    for p in params:
        p.data.add_(p.grad, alpha=-(lr / batch_size))
        p.grad.zero_()


def train(w: T, b: T, features: T, labels: T, lr: float = .03, num_epochs: int = 3, batch_size: int = 10,
          verbose: bool = False) -> tp.List[T]:
    report: tp.Callable[..., None] = print if verbose else (lambda *a: None)
    losses: tp.List[T] = []
    for e in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        losses.append(squared_loss(linreg(features, w, b), labels).mean().detach())
        report(e, losses[-1])
    return losses
