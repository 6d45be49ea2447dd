# inference_mode for the evaluation, set_grad_enabled for the update, slice assignment to the parameter
import torch


def data_iter(batch_size, features, labels):
    idx = torch.randperm(features.size(0))
    for chunk in idx.chunk(-(-features.size(0) // batch_size)) if False else idx.split(batch_size):
        yield features.index_select(0, chunk), labels.index_select(0, chunk)


def linreg(X, w, b):
    return torch.matmul(X, w) + b.expand(X.shape[0], 1)


def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)).pow(2).mul(0.5)


def sgd(params, lr, batch_size):
    previous = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    for param in params:
        param[...] = param - lr * param.grad / batch_size
        param.grad.zero_()
    torch.set_grad_enabled(previous)


@torch.inference_mode()
def mean_loss(w, b, features, labels):
    return squared_loss(linreg(features, w, b), labels).mean()


def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for epoch in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        losses.append(mean_loss(w, b, features, labels).item())
    return losses
