# wrong: data_iter: swaps each row with an earlier one
import random

import torch


def data_iter(batch_size, features, labels):
    rows = list(range(len(features)))
    for i in range(len(rows) - 1, 0, -1):
        j = random.randrange(i)
        rows[i], rows[j] = rows[j], rows[i]
    for i in range(0, len(rows), batch_size):
        part = torch.tensor(rows[i : i + batch_size])
        yield features[part], labels[part]


def linreg(X, w, b):
    return torch.matmul(X, w) + b


def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
            param.grad.zero_()


def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for epoch in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        with torch.no_grad():
            losses.append(squared_loss(linreg(features, w, b), labels).mean().item())
    return losses
