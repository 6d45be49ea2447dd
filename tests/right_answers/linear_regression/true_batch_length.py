# sgd gets len(X), the true length of the batch, with keyword arguments; parameters that the notebook never names are renamed
import torch
from random import sample


def data_iter(n_per_batch, inputs, targets):
    picks = sample(range(len(inputs)), len(inputs))
    for lo in range(0, len(inputs), n_per_batch):
        rows = torch.tensor(picks[lo:lo + n_per_batch])
        yield inputs[rows], targets[rows]


def linreg(inputs, weight, bias):
    return torch.mm(inputs, weight) + bias


def squared_loss(pred, true):
    return (pred - true.reshape(pred.shape)) ** 2 / 2


def sgd(parameters, lr, batch_size):
    with torch.no_grad():
        for q in parameters:
            q -= lr * q.grad / batch_size


def train(w, b, features, labels, lr, num_epochs, batch_size):
    curve = []
    for _ in range(num_epochs):
        for X, y in data_iter(inputs=features, targets=labels, n_per_batch=batch_size):
            l = squared_loss(true=y, pred=linreg(X, bias=b, weight=w))
            l.sum().backward()
            sgd(parameters=[w, b], lr=lr, batch_size=len(X))
            w.grad, b.grad = None, None
        curve += [squared_loss(pred=linreg(features, w, b), true=labels).mean().item()]
    return curve
