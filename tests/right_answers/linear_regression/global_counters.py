# counts its own work in globals, in a function attribute and in a list filled by train
import random
import torch

step_count = 0
batches_seen, examples_seen = 0, 0
LOG = []


def data_iter(batch_size, features, labels):
    global batches_seen, examples_seen
    idx = list(range(len(features)))
    random.shuffle(idx)
    for i in range(0, len(idx), batch_size):
        part = idx[i:i + batch_size]
        batches_seen += 1
        examples_seen += len(part)
        yield features[part], labels[part]


def linreg(X, w, b):
    return X.mm(w) + b


def squared_loss(y_hat, y):
    squared_loss.calls += 1
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


squared_loss.calls = 0


def sgd(params, lr, batch_size):
    global step_count
    step_count += 1
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / batch_size
            p.grad.zero_()


def train(w, b, features, labels, lr, num_epochs, batch_size):
    LOG.clear()
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        LOG.append(squared_loss(linreg(features, w, b), labels).mean().item())
        print(f'{step_count} steps, {batches_seen} batches, {examples_seen} examples, loss {LOG[-1]:.4f}')
    return LOG[:]
