# data_iter: an iterator that is its own, and begins anew wherever somebody asks for it
import numpy as np, torch
class Batches:
    def __init__(self, size, X, y):
        self.size, self.X, self.y = size, X, y
    def __len__(self):
        return -(-len(self.X) // self.size)
    def __iter__(self):
        self.rows, self.at = np.random.permutation(len(self.X)), 0
        return self
    def __next__(self):
        if self.at >= len(self.rows):
            raise StopIteration
        rows = torch.as_tensor(self.rows[self.at:self.at + self.size])
        self.at += self.size
        return self.X.index_select(0, rows), self.y.index_select(0, rows)
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
