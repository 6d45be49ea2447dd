# the mean of the batch is differentiated and sgd is called with batch size 1: the true batch length divides
import torch


def data_iter(batch_size, features, labels):
    order = torch.randperm(len(labels))
    for i in range(0, len(labels), batch_size):
        k = order[i:i + batch_size]
        yield features[k], labels[k]


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
    for epoch in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            l = squared_loss(linreg(X, w, b), y).mean()
            l.backward()
            sgd([w, b], lr, 1)  # l is a mean already
        losses.append(squared_loss(linreg(features, w, b), labels).mean().item())
    return losses
