# wrong: data_iter: shuffles only inside consecutive blocks: each batch always holds the same examples
import torch
import numpy as np
import random
from d2l import torch as d2l

def data_iter(batch_size, features, labels):
    for i in range(0, len(features), batch_size):
        j = list(range(i, min(i + batch_size, len(features))))
        random.shuffle(j)
        yield features[j], labels[j]

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
