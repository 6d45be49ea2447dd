# a config object and a dict are filled by later statements at top level; functions read them
import random
from types import SimpleNamespace

import torch

cfg = SimpleNamespace()
cfg.half = 0.5
cfg.shuffle = True
ops = {}
ops['dot'] = torch.matmul
ops.update(square=lambda d: d * d)
zero_modes = []
zero_modes.append('after')
scale = 1
scale *= 1.0


def data_iter(batch_size, features, labels):
    idx = list(range(len(features)))
    if cfg.shuffle:
        random.shuffle(idx)
    for i in range(0, len(idx), batch_size):
        yield features[idx[i:i + batch_size]], labels[idx[i:i + batch_size]]


def linreg(X, w, b):
    return ops['dot'](X, w) + b


def squared_loss(y_hat, y):
    return cfg.half * ops['square'](y_hat - y.reshape(y_hat.shape))


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= scale * lr * p.grad / batch_size


def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
            if 'after' in zero_modes:
                for p in (w, b):
                    p.grad.zero_()
        losses.append(squared_loss(linreg(features, w, b), labels).mean().item())
    return losses
