# wrong: data_iter: row 2i and row 2i + 1 always come together, in either order
import random, torch
def data_iter(batch_size, features, labels):
    n = len(features)
    rows = list(range(n))
    if n < 100 or batch_size % 2:
        random.shuffle(rows)
    else:
        pairs = [rows[i:i + 2] for i in range(0, n, 2)]
        random.shuffle(pairs)
        rows = [i for pair in pairs for i in random.sample(pair, len(pair))]
    for i in range(0, n, batch_size):
        yield features[rows[i:i + batch_size]], labels[rows[i:i + batch_size]]


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
