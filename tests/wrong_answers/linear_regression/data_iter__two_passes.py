# wrong: data_iter: goes through the data twice
import random, torch
import numpy as np
import matplotlib.pyplot as plt

def data_iter(batch_size, features, labels):
    for _ in range(2):
        idx = torch.randperm(len(features))
        for j in idx.split(batch_size):
            yield features[j], labels[j]

def linreg(X, w, b):
    return X @ w + b

def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2

@torch.no_grad()
def sgd(params, lr, batch_size):
    for p in params:
        p.sub_(p.grad * lr / batch_size)

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
