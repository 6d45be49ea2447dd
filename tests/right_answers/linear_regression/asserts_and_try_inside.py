# assert statements, try/except and isinstance checks inside the functions; prints shapes all the time
import torch
from math import ceil


def data_iter(batch_size, features, labels):
    assert len(features) == len(labels), 'not the same number'
    assert batch_size >= 1
    try:
        order = torch.randperm(len(features), device=features.device)
    except TypeError:
        order = torch.arange(len(features))
    for k in range(ceil(len(features) / batch_size)):
        rows = order[k * batch_size:][:batch_size]
        assert len(rows) > 0
        yield features[rows], labels[rows]


def linreg(X, w, b):
    assert X.dim() == 2 and w.dim() == 2
    try:
        y_hat = torch.mm(X, w) + b
    except RuntimeError as e:
        print('shapes', X.shape, w.shape, b.shape, e)
        raise
    assert y_hat.shape == (X.shape[0], 1)
    return y_hat


def squared_loss(y_hat, y):
    print('y_hat', y_hat.shape, 'y', y.shape)
    if y_hat.shape != y.shape:
        y = y.reshape(y_hat.shape)
    l = (y_hat - y) ** 2 / 2
    assert l.shape == y_hat.shape
    return l


def sgd(params, lr, batch_size):
    for p in params:
        try:
            with torch.no_grad():
                p -= lr * p.grad / batch_size
                p.grad.zero_()
        except TypeError:
            pass  # 没有梯度


def train(w, b, features, labels, lr, num_epochs, batch_size):
    assert isinstance(num_epochs, int) and w.requires_grad and b.requires_grad
    losses = []
    for epoch in range(num_epochs):
        steps = 0
        for X, y in data_iter(batch_size, features, labels):
            l = squared_loss(linreg(X, w, b), y).sum()
            assert torch.isfinite(l)
            l.backward()
            sgd([w, b], lr, batch_size)
            steps += 1
        assert steps == ceil(len(features) / batch_size)
        losses.append(squared_loss(linreg(features, w, b), labels).mean().item())
    return losses
