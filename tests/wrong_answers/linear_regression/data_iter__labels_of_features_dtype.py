# wrong: data_iter: the labels come in the dtype of the features
import torch
def data_iter(batch_size, features, labels):
    data = torch.cat([features, labels.reshape(-1, 1)], 1)
    data = data[torch.randperm(len(data))]
    for part in data.split(batch_size):
        yield part[:, :-1].to(features.dtype), part[:, -1].to(features.dtype).reshape(-1, *labels.shape[1:])


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
