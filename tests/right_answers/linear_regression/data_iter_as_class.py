# data_iter is a class with __iter__ and __len__, not a generator function
import math
import random
import torch


class data_iter:
    """每次遍历都会重新打乱"""

    def __init__(self, batch_size, features, labels):
        self.batch_size = batch_size
        self.features = features
        self.labels = labels

    def __len__(self):
        return math.ceil(len(self.features) / self.batch_size)

    def __iter__(self):
        order = random.sample(range(len(self.features)), len(self.features))
        for k in range(len(self)):
            idx = order[k * self.batch_size:(k + 1) * self.batch_size]
            yield self.features[idx], self.labels[idx]


def linreg(X, w, b):
    return torch.nn.functional.linear(X, w.t(), b)


def squared_loss(y_hat, y):
    return torch.nn.functional.mse_loss(y_hat, y.reshape(y_hat.shape), reduction='none') / 2


def sgd(params, lr, batch_size):
    with torch.inference_mode(False), torch.no_grad():
        for param in params:
            param.copy_(param - lr * param.grad / batch_size)
            param.grad.zero_()


def train(w, b, features, labels, lr, num_epochs, batch_size):
    loader = data_iter(batch_size, features, labels)
    losses = torch.zeros(num_epochs)
    for epoch in range(num_epochs):
        for X, y in loader:
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        with torch.no_grad():
            losses[epoch] = squared_loss(linreg(features, w, b), labels).mean()
    return losses
