# wrong: data_iter: makes the tensors of a batch once and fills them again
# says: You write every batch into the same memory
import torch


def data_iter(batch_size, features, labels):
    rows = torch.randperm(len(features))
    X, y = torch.empty_like(features[:batch_size]), torch.empty_like(labels[:batch_size])
    for i in range(0, len(rows), batch_size):
        batch = rows[i : i + batch_size]
        X[: len(batch)], y[: len(batch)] = features[batch], labels[batch]
        yield X[: len(batch)], y[: len(batch)]


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
