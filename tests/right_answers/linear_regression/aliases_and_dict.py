# net, loss and a dict of functions stand between train and the functions
import torch
lr = 0.1
num_epochs = 5
batch_size = 64


def data_iter(batch_size, features, labels):
    rows = torch.randperm(len(features))
    i = 0
    while True:
        part = rows[i:i + batch_size]
        if len(part) == 0:
            return
        yield features[part], labels[part]
        i += batch_size


def linreg(X, w, b):
    return X @ w + b


def squared_loss(y_hat, y):
    y_hat = y_hat.reshape(y.shape)
    return (y_hat - y) ** 2 / 2


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / batch_size
            p.grad.zero_()


net, loss = linreg, squared_loss
step = update = sgd
parts = {'net': net, 'loss': loss, 'data': data_iter}
parts['step'] = step


def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for epoch in range(num_epochs):
        for X, y in parts['data'](batch_size, features, labels):
            l = parts['loss'](parts['net'](X, w, b), y)
            l.sum().backward()
            parts['step']([w, b], lr, batch_size)
        train_l = loss(net(features, w, b), labels)
        losses.append(train_l.mean().item())
    return losses
