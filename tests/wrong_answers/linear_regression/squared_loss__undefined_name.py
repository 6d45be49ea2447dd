# wrong: squared_loss: uses a name that it never makes
# says: The function uses `target`, which is not one of its parameters
import random

import torch


def data_iter(batch_size, features, labels):
    rows = list(range(len(features)))
    random.shuffle(rows)
    for i in range(0, len(rows), batch_size):
        batch = rows[i : i + batch_size]
        yield features[batch], labels[batch]


def linreg(X, w, b):
    return X @ w + b


def squared_loss(y_hat, y):
    return (y_hat - target) ** 2 / 2


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / batch_size


def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for epoch in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
            w.grad = b.grad = None
        with torch.no_grad():
            losses.append(float(squared_loss(linreg(features, w, b), labels).mean()))
    return losses
