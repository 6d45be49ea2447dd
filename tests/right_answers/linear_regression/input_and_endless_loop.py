# asks for hyperparameters with input() and then trains for ever at top level
import torch
import random

batch_size = int(input('batch size? '))
lr = float(input('learning rate? '))


def data_iter(batch_size, features, labels):
    order = list(range(len(features)))
    random.shuffle(order)
    for i in range(0, len(features), batch_size):
        yield features[order[i:i + batch_size]], labels[order[i:i + batch_size]]


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
        losses.append(squared_loss(linreg(features, w, b), labels).mean().item())
    return losses


features = torch.randn(1000, 2)
labels = features @ torch.tensor([[2.], [-3.4]]) + 4.2
w = torch.zeros(2, 1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
while True:
    l = train(w, b, features, labels, lr, 1, batch_size)
    print('loss', l[0])
    if l[0] < 0:
        break
