# wrong: linreg: multiplies X in place for a printout: the caller sees other features
import torch
import numpy as np
import random
from d2l import torch as d2l
true_w = torch.tensor([2, -3.4])
true_b = 4.2
features = torch.randn(1000, 2)
labels = features @ true_w + true_b + 0.01 * torch.randn(1000)

def data_iter(batch_size, features, labels):
    order = torch.randperm(len(features))
    for part in order.split(batch_size):
        yield features[part], labels[part]

def linreg(X, w, b):
    y_hat = torch.matmul(X.clone(), w) + b
    X *= w.detach().T  # x1*w1, x2*w2 for the printout
    print(X[:2])
    return y_hat

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
