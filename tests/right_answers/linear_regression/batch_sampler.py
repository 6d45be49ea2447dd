# RandomSampler and BatchSampler give the indices; sums of products instead of a matrix product
import torch
from torch.utils.data import BatchSampler, RandomSampler


def data_iter(batch_size, features, labels):
    sampler = BatchSampler(RandomSampler(range(len(labels))), batch_size=batch_size, drop_last=False)
    for indices in sampler:
        yield features[indices], labels[indices]


def linreg(X, w, b):
    total = 0
    for j in range(X.shape[1]):
        total = total + X[:, j:j + 1] * w[j]
    return total + b


def squared_loss(y_hat, y):
    if y.dim() == 1:
        y = y.unsqueeze(1)
    return torch.pow(y - y_hat, 2).div(2)


def sgd(params, lr, batch_size):
    for p in params:
        p.requires_grad_(False)
        p -= lr * p.grad / batch_size
        p.requires_grad_(True)
        p.grad.zero_()


def train(w, b, features, labels, lr, num_epochs, batch_size):
    import numpy as np
    losses = np.zeros(num_epochs)
    for epoch in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        losses[epoch] = squared_loss(linreg(features, w, b), labels).mean().item()
    return losses
