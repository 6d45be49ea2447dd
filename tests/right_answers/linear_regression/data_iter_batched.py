# data_iter: a recipe of itertools over random.sample, in a generator expression
import torch
import itertools, random
def batched(values, size):
    it = iter(values)
    while piece := list(itertools.islice(it, size)):
        yield piece
def data_iter(batch_size, features, labels):
    return ((features[rows], labels[rows]) for rows in batched(random.sample(range(len(features)), k=len(features)), batch_size))


def linreg(X, w, b):
    return X @ w + b


def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / batch_size
            p.grad.zero_()


def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        with torch.no_grad():
            losses.append(squared_loss(linreg(features, w, b), labels).mean().item())
    return losses
