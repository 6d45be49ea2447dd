# data_iter: a sequence of batches, without __iter__
import torch
import random
class Batches:
    def __init__(self, size, X, y):
        self.size, self.X, self.y = size, X, y
        self.rows = [*range(len(X))]
        random.shuffle(self.rows)
    def __len__(self):
        return (len(self.rows) + self.size - 1) // self.size
    def __getitem__(self, k):
        if not 0 <= k < len(self):
            raise IndexError(k)
        rows = self.rows[k * self.size:(k + 1) * self.size]
        return self.X[rows], self.y[rows]
def data_iter(batch_size, features, labels):
    return Batches(batch_size, features, labels)


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
