# keeps the graph (retain_graph), averages in numpy, computes the analytic solution inside train only to print it
import numpy as np
import torch


def data_iter(batch_size, features, labels):
    mixed = np.random.RandomState().permutation(features.shape[0])
    bounds = np.arange(batch_size, len(mixed), batch_size)
    for rows in np.split(mixed, bounds):
        yield features[rows], labels[rows]


def linreg(X, w, b):
    return X.matmul(w) + b.reshape(1, 1)


def squared_loss(y_hat, y):
    y_hat, y = torch.broadcast_tensors(y_hat, y.reshape(y_hat.shape))
    return torch.addcmul(torch.zeros_like(y_hat), y_hat - y, y_hat - y, value=0.5)


def sgd(params, lr, batch_size):
    for p in params:
        np_view = p.detach().numpy()
        np_view -= (lr / batch_size) * p.grad.numpy()


def train(w, b, features, labels, lr, num_epochs, batch_size):
    A = torch.cat([features, torch.ones(len(features), 1, dtype=features.dtype)], dim=1)
    try:
        print('analytic', torch.linalg.lstsq(A, labels.reshape(-1, 1)).solution.flatten())
    except Exception as e:
        print('no analytic solution:', e)
    means = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            l = squared_loss(linreg(X, w, b), y).sum()
            l.backward(retain_graph=True)
            sgd([w, b], lr, batch_size)
            w.grad.zero_()
            b.grad.zero_()
        means.append(np.mean(squared_loss(linreg(features, w, b), labels).detach().numpy()))
    return np.array(means)
