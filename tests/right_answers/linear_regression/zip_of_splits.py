# permutes once, splits both tensors, returns a zip object
import torch


def data_iter(batch_size, features, labels):
    rand = torch.randperm(features.shape[0])
    return zip(features[rand].split(batch_size), labels[rand].split(batch_size))


def linreg(X, w, b):
    ones = torch.ones(X.shape[0], 1, dtype=X.dtype)
    return torch.cat([X, ones], 1) @ torch.cat([w, b.reshape(1, 1)], 0)


def squared_loss(y_hat, y):
    r = y_hat - y.reshape(y_hat.shape)
    return torch.einsum('ij,ij->ij', r, r) / 2


def sgd(params, lr, batch_size):
    with torch.no_grad():
        [p.sub_(p.grad.mul(lr).div(batch_size)) for p in params]


def train(w, b, features, labels, lr, num_epochs, batch_size):
    params = [w, b]
    losses = list()
    epoch = 0
    while epoch < num_epochs:
        for X, y in data_iter(batch_size, features, labels):
            for p in params:
                p.grad = None
            squared_loss(linreg(X, *params), y).sum().backward()
            sgd(params, lr, batch_size)
        with torch.no_grad():
            losses.append(squared_loss(linreg(features, *params), labels).mean())
        epoch += 1
    return torch.stack(losses)
