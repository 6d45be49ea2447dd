# wrong: train: its own evaluation broadcasts flat labels to (n, n)
import torch
import numpy as np
import random
from d2l import torch as d2l

def data_iter(batch_size, features, labels):
    order = torch.randperm(len(features))
    for part in order.split(batch_size):
        yield features[part], labels[part]

def linreg(X, w, b):
    """线性回归模型"""
    return torch.mm(X, w) + b

def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2

def sgd(params, lr, batch_size):
    for param in params:
        param.data -= lr * param.grad / batch_size

def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for epoch in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
            w.grad.zero_()
            b.grad.zero_()
        losses.append(((linreg(features, w, b) - labels) ** 2 / 2).mean().item())
    return losses
