# every epoch reads the whole pass into a list before it trains; star-unpacking everywhere
import random
import torch


def data_iter(batch_size, features, labels):
    order = list(range(features.shape[0]))
    random.shuffle(order)
    for i in range(0, len(order), batch_size):
        yield [tensor[order[i:i + batch_size]] for tensor in (features, labels)]


def linreg(X, w, b):
    return X @ w + b


def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def sgd(params, lr, batch_size):
    first, *others = params
    with torch.no_grad():
        for p in (first, *others):
            p -= lr * p.grad / batch_size


def train(w, b, features, labels, lr, num_epochs, batch_size):
    args = (batch_size, features, labels)
    losses = []
    for epoch in range(num_epochs):
        batches = list(data_iter(*args))
        print(f'epoch {epoch}: {len(batches)} batches, the last of {len(batches[-1][0])}')
        for X, *rest in batches:
            y, = rest
            squared_loss(linreg(*[X, w, b]), y).sum().backward()
            sgd([w, b], lr, batch_size)
            for p in [w, b]:
                p.grad.zero_()
        losses = [*losses, squared_loss(linreg(features, w, b), labels).mean().item()]
    return losses
