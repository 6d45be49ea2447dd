# wrong: train: gradients add up from step to step
import torch
import numpy as np
import random
from d2l import torch as d2l

def data_iter(batch_size, features, labels):
    order = torch.randperm(len(features))
    for part in order.split(batch_size):
        yield features[part], labels[part]

def linreg(X, w, b):
    return torch.matmul(X, w) + b

def squared_loss(y_hat, y):
    return (y.view(-1, 1) - y_hat).pow(2) / 2

def sgd(params, lr, batch_size):
    for param in params:
        param.data -= lr * param.grad / batch_size

def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for epoch in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        losses.append(squared_loss(linreg(features, w, b), labels).mean().item())
    return losses
