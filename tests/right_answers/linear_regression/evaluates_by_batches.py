# the loss after an epoch is summed over data_iter, batch by batch, and divided by the number of examples
import torch
import random


def data_iter(batch_size, features, labels):
    indices = torch.randperm(len(features))
    for i in range(0, len(features), batch_size):
        yield features[indices[i:i + batch_size]], labels[indices[i:i + batch_size]]


def linreg(X, w, b):
    return torch.mm(X, w) + b


def squared_loss(y_hat, y):
    y = y.view(y_hat.shape)
    return (y_hat - y) ** 2 / 2.0


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / batch_size
            p.grad.zero_()


def evaluate_loss(w, b, features, labels, batch_size):
    """评估平均损失"""
    total, count = 0.0, 0
    with torch.no_grad():
        for X, y in data_iter(batch_size, features, labels):
            l = squared_loss(linreg(X, w, b), y)
            total += l.sum().item()
            count += l.numel()
    return total / count


def train(w, b, features, labels, lr, num_epochs, batch_size):
    print('start loss', evaluate_loss(w, b, features, labels, batch_size))
    losses = []
    for epoch in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        losses.append(evaluate_loss(w, b, features, labels, batch_size))
    return losses
