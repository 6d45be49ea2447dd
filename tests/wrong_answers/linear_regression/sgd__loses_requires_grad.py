# wrong: sgd: the parameters do not require gradients afterwards
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
    return X @ w + b

def squared_loss(y_hat, y):
    diff = y_hat - y.view(y_hat.shape)
    return 0.5 * diff * diff

def sgd(params, lr, batch_size):
    for param in params:
        param.requires_grad_(False)
        param -= lr * param.grad / batch_size

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

w = torch.normal(0, 0.01, size=(2, 1), requires_grad=True)
b = torch.zeros(1, requires_grad=True)
print(train(w, b, features, labels, 0.03, 3, 10))
