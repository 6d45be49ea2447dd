# linreg and squared_loss are lambdas bound in one tuple assignment; data_iter returns a generator expression
import torch

linreg, squared_loss = (lambda X, w, b: X @ w + b), (lambda y_hat, y: (y_hat - y.reshape(y_hat.shape)).square() / 2)


def data_iter(batch_size, features, labels):
    order = torch.randperm(len(features))
    return ((features[k], labels[k]) for k in order.split(batch_size))


def sgd(params, lr, batch_size):
    step = lambda p: p.data.add_(p.grad, alpha=-lr / batch_size)
    for p in params:
        step(p)


clear = lambda *ps: [p.grad.zero_() for p in ps]
mean_loss = lambda w, b, X, y: squared_loss(linreg(X, w, b), y).mean().item()


def train(w, b, features, labels, lr, num_epochs, batch_size):
    def epoch():
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
            clear(w, b)
        return mean_loss(w, b, features, labels)
    return [epoch() for _ in range(num_epochs)]
