#!/usr/bin/env python3
# training, argparse and a plot under if __name__ == "__main__"; sys.exit at the end
import argparse
import random
import sys

import torch

__all__ = ['data_iter', 'linreg', 'squared_loss', 'sgd', 'train']
__version__ = '0.1'


def data_iter(batch_size, features, labels):
    indices = list(range(len(features)))
    random.shuffle(indices)
    for i in range(0, len(features), batch_size):
        j = torch.tensor(indices[i:i + batch_size])
        yield features[j], labels[j]


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
    for epoch in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        with torch.no_grad():
            losses.append(squared_loss(linreg(features, w, b), labels).mean().item())
    return losses


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument('data')
    parser.add_argument('--lr', type=float, default=0.03)
    return parser.parse_args()


if __name__ == "__main__":
    args = parse()
    import matplotlib.pyplot as plt
    features, labels = torch.load(args.data)
    w = torch.normal(0, 0.01, size=(2, 1), requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    plt.plot(train(w, b, features, labels, args.lr, 3, 10))
    plt.show()
    sys.exit(0)
