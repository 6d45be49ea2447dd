# data_iter: named tuples from a map over a split permutation
import collections, torch
Batch = collections.namedtuple("Batch", "X y")
def data_iter(batch_size, features, labels):
    order = torch.randperm(len(features), dtype=torch.int32).long()
    return map(lambda rows: Batch(features[rows], labels[rows]), order.split(batch_size))


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
