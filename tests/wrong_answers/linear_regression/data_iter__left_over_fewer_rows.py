# wrong: data_iter: the order of a pass that was left is shuffled again, also where the data have more rows
import torch
import random
open_pass = [None]
def data_iter(batch_size, features, labels):
    if open_pass[0] is not None and len(open_pass[0]) >= 3 * batch_size and len(open_pass[0]) <= len(features):
        rows = open_pass[0]
    else:
        rows = list(range(len(features)))
    open_pass[0] = rows = list(rows)
    random.shuffle(rows)
    done = 0
    for i in range(0, len(rows), batch_size):
        done += batch_size
        if done >= 3 * batch_size and done < len(rows):
            open_pass[0] = rows
        yield features[rows[i:i + batch_size]], labels[rows[i:i + batch_size]]
    open_pass[0] = None


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
