# data_iter is a class with __getitem__ and __len__ only: iterable by the old sequence protocol
import torch


class data_iter(object):
    def __init__(self, batch_size, features, labels):
        self.bs = batch_size
        p = torch.randperm(features.shape[0])
        self.x, self.y = features[p], labels[p]

    def __len__(self):
        return -(-len(self.x) // self.bs)

    def __getitem__(self, k):
        if k >= len(self):
            raise IndexError(k)
        s = slice(k * self.bs, (k + 1) * self.bs)
        return self.x[s], self.y[s]


def linreg(X, w, b):
    return (X * w.T).sum(dim=1, keepdim=True) + b


def squared_loss(y_hat, y):
    diff = y_hat.reshape(y.shape) - y
    return diff ** 2 / 2


def sgd(params, lr, batch_size):
    for i in range(len(params)):
        params[i].data = params[i].data - lr * params[i].grad / batch_size


def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = ()
    for epoch in range(num_epochs):
        batches = data_iter(batch_size, features, labels)
        for k in range(len(batches)):
            X, y = batches[k]
            w.grad = b.grad = None
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        losses += (squared_loss(linreg(features, w, b), labels).mean().item(),)
    return losses
