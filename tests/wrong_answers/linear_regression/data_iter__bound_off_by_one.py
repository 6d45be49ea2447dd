# wrong: data_iter: range stops at n - 1: a last batch of one example is lost
import torch
import numpy as np
import random
from d2l import torch as d2l

def data_iter(batch_size, features, labels):
    n = len(features)
    idx = list(range(n))
    random.shuffle(idx)
    for i in range(0, n - 1, batch_size):
        j = idx[i:min(i + batch_size, n)]
        yield features[j], labels[j]

def linreg(X, w, b):
    return X @ w + b

def squared_loss(y_hat, y):
    diff = y_hat - y.view(y_hat.shape)
    return 0.5 * diff * diff

def sgd(params, lr, batch_size):
    for param in params:
        param.data -= lr * param.grad / batch_size

def train(w, b, features, labels, lr, num_epochs, batch_size):
    history = []
    for epoch in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            for p in [w, b]:
                if p.grad is not None:
                    p.grad.zero_()
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        history.append(squared_loss(linreg(features, w, b), labels).mean().item())
    return history
