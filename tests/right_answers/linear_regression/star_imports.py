# star imports from torch, random, math; torch's old range hides the builtin one, which is imported again
from math import *
from random import *
from torch import *
from torch.nn.functional import *
from builtins import range
import torch


def data_iter(batch_size, features, labels):
    order = sample(range(len(features)), len(features))
    for i in range(0, len(features), batch_size):
        j = tensor(order[i:i + batch_size])
        yield features[j], labels[j]


def linreg(X, w, b):
    return matmul(X, w) + b


def squared_loss(y_hat, y):
    return mse_loss(y_hat, y.reshape(y_hat.shape), reduction='none') / 2


def sgd(params, lr, batch_size):
    with no_grad():
        for p in params:
            p -= lr * p.grad / batch_size
            p.grad = zeros_like(p)


def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        losses.append(squared_loss(linreg(features, w, b), labels).mean().item())
    return losses
