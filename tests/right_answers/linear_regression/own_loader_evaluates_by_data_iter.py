# train steps on its own DataLoader, and data_iter gives the batches of the loss only
import random

import torch


def data_iter(batch_size, features, labels):
    rows = list(range(len(features)))
    random.shuffle(rows)
    for i in range(0, len(rows), batch_size):
        part = torch.tensor(rows[i : i + batch_size])
        yield features[part], labels[part]


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
    data = torch.utils.data.TensorDataset(features, labels)
    loader = torch.utils.data.DataLoader(data, batch_size, shuffle=True)
    losses = []
    for epoch in range(num_epochs):
        for X, y in loader:
            l = squared_loss(linreg(X, w, b), y)
            l.sum().backward()
            sgd([w, b], lr, batch_size)
        total = 0.0
        with torch.no_grad():
            for X, y in data_iter(batch_size, features, labels):
                total += squared_loss(linreg(X, w, b), y).sum().item()
        losses.append(total / len(features))
    return losses
