# an iterator over shuffled numbers, cut by itertools.islice; iter(callable, sentinel)
import itertools
import random

import torch


def data_iter(batch_size, features, labels):
    numbers = iter(sorted(range(len(features)), key=lambda _: random.random()))
    for chunk in iter(lambda: list(itertools.islice(numbers, batch_size)), []):
        yield torch.stack([features[i] for i in chunk]), torch.stack([labels[i] for i in chunk])


def linreg(X, w, b):
    return torch.tensordot(X, w, dims=1) + b


def squared_loss(y_hat, y):
    y = torch.reshape(y, y_hat.shape)
    return torch.square(torch.sub(y_hat, y)) / 2


def sgd(params, lr, batch_size):
    for param in params:
        with torch.no_grad():
            param[:] = param - lr * param.grad / batch_size


def train(w, b, features, labels, lr, num_epochs, batch_size):
    means = []
    for _ in itertools.repeat(None, num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            loss = squared_loss(linreg(X, w, b), y)
            loss.backward(torch.ones_like(loss))
            sgd([w, b], lr, batch_size)
            w.grad.fill_(0)
            b.grad.fill_(0)
        means.append(squared_loss(linreg(features, w, b), labels).sum() / len(features))
    return means
