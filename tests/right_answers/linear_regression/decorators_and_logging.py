# decorators (a timer and a call counter), logging, perf_counter; a warning is emitted at each call of train
import functools
import logging
import time
import warnings
from collections import Counter

import torch

logging.basicConfig(level=logging.INFO, format='%(asctime)s %(message)s')
log = logging.getLogger(__name__)
calls = Counter()


def counted(f):
    @functools.wraps(f)
    def inner(*args, **kwargs):
        calls[f.__name__] += 1
        return f(*args, **kwargs)
    return inner


def timed(f):
    @functools.wraps(f)
    def inner(*a, **k):
        tic = time.perf_counter()
        try:
            return f(*a, **k)
        finally:
            log.info('%s took %.3f s', f.__name__, time.perf_counter() - tic)
    return inner


@counted
def data_iter(batch_size, features, labels):
    idx = torch.randperm(len(features))
    for i in range(0, len(features), batch_size):
        yield features[idx[i:i + batch_size]], labels[idx[i:i + batch_size]]


@counted
def linreg(X, w, b):
    return X @ w + b


@counted
def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


@counted
@torch.no_grad()
def sgd(params, lr, batch_size):
    for p in params:
        p -= lr * p.grad / batch_size
        p.grad.zero_()


@timed
@counted
def train(w, b, features, labels, lr, num_epochs, batch_size):
    warnings.warn('training on the CPU', RuntimeWarning)
    losses = []
    for epoch in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        losses.append(squared_loss(linreg(features, w, b), labels).mean().item())
        log.info('epoch %d loss %f', epoch + 1, losses[-1])
    return losses
