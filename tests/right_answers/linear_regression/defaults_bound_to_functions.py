# train has the other functions as default arguments
import random
import torch


def data_iter(batch_size, features, labels, *, shuffle=random.shuffle):
    order = [*range(len(features))]
    shuffle(order)
    for k in range(0, len(order), batch_size):
        yield features[order[k:k + batch_size]], labels[order[k:k + batch_size]]


def linreg(X, w, b, dot=torch.mm):
    return dot(X, w) + b


def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / batch_size


def train(w, b, features, labels, lr, num_epochs, batch_size,
          net=linreg, loss=squared_loss, optimizer=sgd, batches=data_iter):
    losses = []
    for epoch in range(num_epochs):
        for X, y in batches(batch_size, features, labels):
            l = loss(net(X, w, b), y)
            l.sum().backward()
            optimizer([w, b], lr, batch_size)
            w.grad.zero_()
            b.grad.zero_()
        losses.append(loss(net(features, w, b), labels).mean().item())
    return losses
