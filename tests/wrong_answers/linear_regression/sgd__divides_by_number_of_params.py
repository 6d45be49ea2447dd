# wrong: sgd: divides by the number of parameters
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
    return torch.matmul(X, w) + b

def squared_loss(y_hat, y):
    diff = y_hat - y.view(y_hat.shape)
    return 0.5 * diff * diff

def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / len(params)

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
