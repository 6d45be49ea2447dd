import random

import torch


class Loader:
    def __init__(self, batch_size, features, labels):
        self.batch_size, self.features, self.labels = batch_size, features, labels
        self.num_batches = (len(features) + batch_size - 1) // batch_size

    def __len__(self):
        return self.num_batches

    def __iter__(self):
        rows = torch.randperm(len(self.features))
        for part in rows.split(self.batch_size):
            yield self.features[part], self.labels[part]


def data_iter(batch_size, features, labels):
    return Loader(batch_size, features, labels)


def linreg(X, w, b):
    return torch.matmul(X, w) + b


def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
            param.grad.zero_()


def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    loader = data_iter(batch_size, features, labels)
    for epoch in range(num_epochs):
        done = 0
        for X, y in loader:
            done += 1
            l = squared_loss(linreg(X, w, b), y)
            l.sum().backward()
            sgd([w, b], lr, batch_size)
        print(done, "of", loader.num_batches)
        with torch.no_grad():
            losses.append(squared_loss(linreg(features, w, b), labels).mean().item())
    return losses
