# train hands everything to a Trainer class; the other functions are nested or closures
import torch


def _make_counter():
    n = 0

    def bump():
        nonlocal n
        n += 1
        return n
    return bump


counter = _make_counter()


def data_iter(batch_size, features, labels):
    n = len(features)

    def batches():
        perm = torch.randperm(n)

        def rows(i):
            return perm[i:min(i + batch_size, n)]
        for i in range(0, n, batch_size):
            yield features[rows(i)], labels[rows(i)]
    return batches()


def linreg(X, w, b):
    def dot():
        return X @ w
    return dot() + b


def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def sgd(params, lr, batch_size):
    counter()
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / batch_size
            p.grad.zero_()


class Trainer:
    def __init__(self, w, b, lr):
        self.w, self.b, self.lr = w, b, lr
        self.losses = []

    @property
    def params(self):
        return [self.w, self.b]

    def __call__(self, X):
        return linreg(X, self.w, self.b)

    def fit(self, features, labels, num_epochs, batch_size):
        for _ in range(num_epochs):
            for X, y in data_iter(batch_size, features, labels):
                squared_loss(self(X), y).sum().backward()
                sgd(self.params, self.lr, batch_size)
            self.losses.append(squared_loss(self(features), labels).mean().item())
        return self


def train(w, b, features, labels, lr, num_epochs, batch_size):
    return Trainer(w, b, lr).fit(features, labels, num_epochs, batch_size).losses
