# wrong: sgd: each parameter moves by the mean of its gradient
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
            param -= lr * param.grad.mean() / batch_size

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

if __name__ == '__main__':
    w = torch.zeros(2, 1, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    train(w, b, features, labels, lr=0.03, num_epochs=3, batch_size=10)
