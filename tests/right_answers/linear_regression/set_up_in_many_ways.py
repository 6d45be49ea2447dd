"""Statements at top level that change what the functions read, each in another way."""

import random

import torch

settings, history = {}, {}
if torch.cuda.is_available():
    settings["device"] = "cuda"
else:
    settings["device"] = "cpu"
settings.update(dict(seed=3, every=max(1, 2)))
history["loss"], history["rate"] = [], []

parts = {}


def register(function):
    parts[function.__name__] = function
    return function


def seed_everything(seed):
    global generator
    generator = random.Random(seed)


seed_everything(settings["seed"])


def zero_grad(self):
    self.grad = None


torch.Tensor.zero_grad = zero_grad

sum = 0
for number in range(10):
    sum += number
del sum


@register
def data_iter(batch_size, features, labels):
    rows = list(range(len(features)))
    generator.shuffle(rows)
    for i in range(0, len(rows), batch_size):
        part = torch.tensor(rows[i : i + batch_size])
        yield features[part], labels[part]


@register
def linreg(X, w, b):
    return torch.matmul(X, w) + b


@register
def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


@register
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size


class Report:
    def __init__(self, every):
        self.every = every

    def __call__(self, epoch, loss):
        if epoch % self.every == 0:
            print(settings["device"], epoch, loss)


reports = []
reports.append(Report(settings["every"]))


def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for epoch in range(num_epochs):
        for X, y in parts["data_iter"](batch_size, features, labels):
            parts["squared_loss"](linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
            w.zero_grad()
            b.zero_grad()
        each = squared_loss(linreg(features, w, b), labels).flatten().tolist()
        losses.append(sum(each) / len(each))
        history["loss"].append(losses[-1])
        history["rate"].append(lr)
        for report in reports:
            report(epoch, losses[-1])
    return losses
