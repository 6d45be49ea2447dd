# wrong: data_iter: moves the start of the last batch back so that it is full
import random, torch
import numpy as np
import matplotlib.pyplot as plt

def data_iter(batch_size, features, labels):
    n = len(features)
    idx = torch.randperm(n)
    for i in range(0, n, batch_size):
        start = max(0, min(i, n - batch_size))
        j = idx[start:start + batch_size]
        yield features[j], labels[j]

def linreg(X, w, b):
    return torch.matmul(X, w) + b

def squared_loss(y_hat, y):
    diff = y_hat - y.view(y_hat.shape)
    return 0.5 * diff * diff

@torch.no_grad()
def sgd(params, lr, batch_size):
    for p in params:
        p.sub_(p.grad * lr / batch_size)

def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for epoch in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            l = squared_loss(linreg(X, w, b), y)
            l.sum().backward()
            sgd([w, b], lr, batch_size)
            w.grad.zero_()
            b.grad.zero_()
        with torch.no_grad():
            train_l = squared_loss(linreg(features, w, b), labels)
            print(f'epoch {epoch + 1}, loss {float(train_l.mean()):f}')
            losses.append(float(train_l.mean()))
    return losses
