# wrong: train: range(1, num_epochs)
import random

import numpy as np
import torch
true_w = torch.tensor([2, -3.4])
true_b = 4.2
features = torch.randn(1000, 2)
labels = features @ true_w + true_b + 0.01 * torch.randn(1000)

def data_iter(batch_size, features, labels):
    num_examples = len(features)
    indices = list(range(num_examples))
    random.shuffle(indices)
    for i in range(0, num_examples, batch_size):
        j = torch.tensor(indices[i: min(i + batch_size, num_examples)])
        yield features[j], labels[j]

def linreg(X, w, b):
    return X @ w + b

def squared_loss(y_hat, y):
    return (y.view(-1, 1) - y_hat).pow(2) / 2

def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size

def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for epoch in range(1, num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
            w.grad.zero_()
            b.grad.zero_()
        losses.append(squared_loss(linreg(features, w, b), labels).mean().item())
    return losses

w = torch.normal(0, 0.01, size=(2, 1), requires_grad=True)
b = torch.zeros(1, requires_grad=True)
print(train(w, b, features, labels, 0.03, 3, 10))
