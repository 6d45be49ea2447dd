# flat losses of flat labels, sgd returns its parameters, train a tuple of tensors
import random

import torch


def data_iter(batch_size, features, labels):
    order = random.sample(range(len(features)), len(features))
    parts = [order[i:i + batch_size] for i in range(0, len(order), batch_size)]
    return [(features[part], labels[part]) for part in parts]


def linreg(X, w, b):
    return X @ w + b


def squared_loss(y_hat, y):
    return (y_hat.reshape(y.shape) - y) ** 2 / 2


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
            param.grad.zero_()
    return params


def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            w, b = sgd([w, b], lr, batch_size)
        losses.append(squared_loss(linreg(features, w, b), labels).mean().detach())
    return tuple(losses)
