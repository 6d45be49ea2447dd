# wrong: linreg: w.data: no gradient reaches w
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
    return torch.mm(X, w.data) + b

def squared_loss(y_hat, y):
    return (y.view(-1, 1) - y_hat).pow(2) / 2

@torch.no_grad()
def sgd(params, lr, batch_size):
    for p in params:
        p.sub_(p.grad * lr / batch_size)

def train(w, b, features, labels, lr, num_epochs, batch_size):
    result = []
    for e in range(1, num_epochs + 1):
        for X, y in data_iter(batch_size, features, labels):
            w.grad = None
            b.grad = None
            l = squared_loss(linreg(X, w, b), y).sum()
            l.backward()
            sgd([w, b], lr, batch_size)
        mean = squared_loss(linreg(features, w, b), labels).mean().item()
        print('第%d轮, 损失%f' % (e, mean))
        result.append(mean)
    return result
