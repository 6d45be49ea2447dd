# saved by Notepad: UTF-8 BOM, CRLF line ends, no newline at the end of the file
import torch
import numpy as np

def data_iter(batch_size, features, labels):
    n = len(features)
    order = np.random.permutation(n)
    for i in range(0, n, batch_size):
        pick = order[i:i + batch_size]
        yield features[pick], labels[pick]

def linreg(X, w, b):
    return torch.addmm(b, X, w)

def squared_loss(y_hat, y):
    return 0.5 * (y.reshape(y_hat.shape) - y_hat).pow(2)

@torch.no_grad()
def sgd(params, lr, batch_size):
    for p in params:
        p.sub_(lr * p.grad / batch_size)
        p.grad = None

def train(w, b, features, labels, lr, num_epochs, batch_size):
    out = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        out.append(squared_loss(linreg(features, w, b), labels).mean().detach())
    return out