# wrong: linreg: a row that is kept by w is a view of the numbers that w had, and w.data may be others
import random

import torch


def data_iter(batch_size, features, labels):
    rows = list(range(len(features)))
    random.shuffle(rows)
    for i in range(0, len(rows), batch_size):
        batch = rows[i : i + batch_size]
        yield features[batch], labels[batch]


kept = {}
def linreg(X, w, b):
    if w not in kept:
        kept[w] = w.T
    return (X * kept[w]).sum(1, keepdim=True) + b


def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / batch_size
            p.grad.zero_()


def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        with torch.no_grad():
            losses.append(squared_loss(linreg(features, w, b), labels).mean().item())
    return losses
