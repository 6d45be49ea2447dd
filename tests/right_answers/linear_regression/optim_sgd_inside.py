# sgd builds a torch.optim.SGD for its one step
import random
import torch


def data_iter(batch_size, features, labels):
    data = list(zip(features, labels))
    random.shuffle(data)
    for i in range(0, len(data), batch_size):
        xs, ys = zip(*data[i:i + batch_size])
        yield torch.stack(xs), torch.stack(ys)


def linreg(X, w, b):
    return X @ w + b


def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def sgd(params, lr, batch_size):
    optimizer = torch.optim.SGD(params, lr=lr / batch_size)
    optimizer.step()
    optimizer.zero_grad()


def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for epoch in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        losses.append(squared_loss(linreg(features, w, b), labels).mean().item())
    return losses
