# train comes first; the helpers and the functions that it needs are defined further down
def train(w, b, features, labels, lr, num_epochs, batch_size):
    return [run_epoch(w, b, features, labels, lr, batch_size) for _ in range(num_epochs)]


def run_epoch(w, b, features, labels, lr, batch_size):
    for X, y in data_iter(batch_size, features, labels):
        backward_of(w, b, X, y)
        sgd([w, b], lr, batch_size)
        zero_all([w, b])
    return average_loss(w, b, features, labels)


def data_iter(batch_size, features, labels):
    order = shuffled(len(features))
    for start in starts(len(features), batch_size):
        yield take(features, order, start, batch_size), take(labels, order, start, batch_size)


def squared_loss(y_hat, y):
    return halve(torch.square(y_hat - as_column(y)))


def linreg(X, w, b):
    return times(X, w) + b


def sgd(params, lr, batch_size):
    for p in params:
        p.data -= lr * p.grad / batch_size


def backward_of(w, b, X, y):
    squared_loss(linreg(X, w, b), y).sum().backward()


def average_loss(w, b, features, labels):
    return squared_loss(linreg(features, w, b), labels).mean().item()


def zero_all(params):
    for p in params:
        p.grad.zero_()


def shuffled(n):
    return torch.randperm(n)


def starts(n, step):
    return range(0, n, step)


def take(tensor, order, start, count):
    return tensor[order[start:start + count]]


def halve(x):
    return x / TWO


def as_column(y):
    return y.reshape(-1, 1)


times = lambda A, B: torch.mm(A, B)
TWO = 2
import torch
