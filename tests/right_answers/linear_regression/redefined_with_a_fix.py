# wrong first versions of squared_loss and sgd, both defined again further down with the fix
import random
import torch


def squared_loss(y_hat, y):
    return (y_hat - y) ** 2 / 2


def sgd(params, lr, batch_size):
    for p in params:
        p = p - lr * p.grad / batch_size


def data_iter(batch_size, features, labels):
    idx = list(range(len(features)))
    random.shuffle(idx)
    for i in range(0, len(idx), batch_size):
        j = idx[i:i + batch_size]
        yield features[j], labels[j]


def linreg(X, w, b):
    return X @ w + b


def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
            w.grad.zero_()
            b.grad.zero_()
        losses.append(squared_loss(linreg(features, w, b), labels).mean().item())
    return losses


# 上面的 squared_loss 忘了 reshape，重新定义一次
def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


# and sgd did nothing
old_sgd = sgd


def sgd(params, lr, batch_size):
    for p in params:
        p.data = p.data - lr * p.grad / batch_size
