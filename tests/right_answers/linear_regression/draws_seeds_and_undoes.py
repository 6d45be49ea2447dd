# seeds at the start of train, random numbers where none are needed, and states that are put back
import random

import numpy as np
import torch


def data_iter(batch_size, features, labels):
    indices = list(range(len(features)))
    random.shuffle(indices)
    for i in range(0, len(indices), batch_size):
        j = torch.tensor(indices[i:i + batch_size])
        yield features[j], labels[j]


def linreg(X, w, b):
    torch.set_default_device("cpu")
    torch.set_default_dtype(torch.float32)
    torch.set_grad_enabled(True)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        noise = torch.randn(3)
    layer = torch.nn.Linear(X.shape[1], 1)
    layer.weight.data, layer.bias.data = w.T, b
    return torch.matmul(X, w) + b


def squared_loss(y_hat, y):
    state = random.getstate(), np.random.get_state()
    random.seed(1), np.random.seed(1)
    random.setstate(state[0]), np.random.set_state(state[1])
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def sgd(params, lr, batch_size):
    random.seed(), torch.seed(), np.random.seed()
    torch.set_grad_enabled(False)
    for param in params:
        param -= lr * param.grad / batch_size
        param.grad.zero_()
    torch.set_grad_enabled(True)


def train(w, b, features, labels, lr, num_epochs, batch_size):
    torch.manual_seed(0), random.seed(0), np.random.seed(0)
    losses = []
    for epoch in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        torch.set_grad_enabled(False)
        losses.append(float(squared_loss(linreg(features, w, b), labels).mean()))
        torch.set_grad_enabled(True)
    return losses
