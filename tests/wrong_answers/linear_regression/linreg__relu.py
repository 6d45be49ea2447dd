# wrong: linreg: negative predictions are cut off
import random, torch
import numpy as np
import matplotlib.pyplot as plt

def data_iter(batch_size, features, labels):
    """随机读取小批量"""
    n = features.shape[0]
    idx = np.random.permutation(n)
    for start in range(0, n, batch_size):
        rows = idx[start:start + batch_size]
        yield features[rows], labels[rows]

def linreg(X, w, b):
    return torch.relu(torch.matmul(X, w) + b)

def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2

@torch.no_grad()
def sgd(params, lr, batch_size):
    for p in params:
        p.sub_(p.grad * lr / batch_size)

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
