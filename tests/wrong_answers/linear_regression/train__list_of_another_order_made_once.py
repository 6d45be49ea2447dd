# wrong: train: calls once a data_iter that returns a list, and whose parameters come in another order
# says: expected a new call of data_iter in each of 2 epochs, got 1
import torch


def data_iter(features, labels, batch_size):
    rows = torch.randperm(len(features))
    return [(features[part], labels[part]) for part in rows.split(batch_size)]


def linreg(X, w, b):
    return X @ w + b


def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / batch_size


def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    batches = data_iter(features, labels, batch_size)
    for epoch in range(num_epochs):
        for X, y in batches:
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
            w.grad = b.grad = None
        with torch.no_grad():
            losses.append(float(squared_loss(linreg(features, w, b), labels).mean()))
    return losses
