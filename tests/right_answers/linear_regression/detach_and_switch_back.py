# the parameter is detached in place, moved, and switched back to requires_grad: still the same leaf tensor
import torch
import numpy as np


def data_iter(batch_size, features, labels):
    order = np.random.choice(len(features), len(features), replace=False)
    for i in range(0, len(order), batch_size):
        j = torch.tensor(order[i:i + batch_size], dtype=torch.long)
        yield features[j, :], labels[j]


def linreg(X, w, b):
    return torch.add(torch.matmul(X, w), b)


def squared_loss(y_hat, y):
    return torch.div((torch.flatten(y_hat) - torch.flatten(y)) ** 2, 2).reshape(y_hat.shape)


def sgd(params, lr, batch_size):
    for p in params:
        grad = p.grad
        p.detach_()
        p -= lr * grad / batch_size
        p.requires_grad_()
        p.grad = None


def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        losses.append(squared_loss(linreg(features, w, b), labels).mean())
    return losses
