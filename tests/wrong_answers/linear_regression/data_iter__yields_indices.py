# wrong: data_iter: yields the indices and not the data
import random

import numpy as np
import torch
true_w = torch.tensor([2, -3.4])
true_b = 4.2
features = torch.randn(1000, 2)
labels = features @ true_w + true_b + 0.01 * torch.randn(1000)

def data_iter(batch_size, features, labels):
    idx = torch.randperm(len(features))
    for j in idx.split(batch_size):
        yield j, labels[j]

def linreg(X, w, b):
    """线性回归模型"""
    return torch.mm(X, w) + b

def squared_loss(y_hat, y):
    diff = y_hat - y.view(y_hat.shape)
    return 0.5 * diff * diff

def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size

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

if __name__ == '__main__':
    w = torch.zeros(2, 1, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    train(w, b, features, labels, lr=0.03, num_epochs=3, batch_size=10)
