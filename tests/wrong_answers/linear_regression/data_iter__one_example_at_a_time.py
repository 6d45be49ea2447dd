# wrong: data_iter: ignores batch_size and yields single examples
import torch
import numpy as np
import random
from d2l import torch as d2l
true_w = torch.tensor([2, -3.4])
true_b = 4.2
features = torch.randn(1000, 2)
labels = features @ true_w + true_b + 0.01 * torch.randn(1000)

def data_iter(batch_size, features, labels):
    idx = list(range(len(features)))
    random.shuffle(idx)
    for i in idx:
        yield features[i:i + 1], labels[i:i + 1]

def linreg(X, w, b):
    """线性回归模型"""
    return torch.mm(X, w) + b

def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2

def sgd(params, lr, batch_size):
    for param in params:
        param.data -= lr * param.grad / batch_size

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

w = torch.normal(0, 0.01, size=(2, 1), requires_grad=True)
b = torch.zeros(1, requires_grad=True)
print(train(w, b, features, labels, 0.03, 3, 10))
