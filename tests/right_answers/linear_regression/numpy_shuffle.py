# np.random.shuffle of an index array, np.array_split is NOT used since its last batches differ
import numpy as np
import torch
np.random.seed(2021)
torch.manual_seed(2021)


def data_iter(batch_size, features, labels):
    num = features.shape[0]
    index = np.arange(num)
    np.random.shuffle(index)
    n_batches = int(np.ceil(num / batch_size))
    for k in range(n_batches):
        chosen = torch.as_tensor(index[k * batch_size:(k + 1) * batch_size])
        yield torch.index_select(features, 0, chosen), torch.index_select(labels, 0, chosen)


def linreg(X, w, b):
    y_hat = torch.matmul(X, w)
    y_hat = y_hat + b
    return y_hat


def squared_loss(y_hat, y):
    return (y.reshape(y_hat.shape) - y_hat) * (y.reshape(y_hat.shape) - y_hat) * 0.5


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            if param.grad is None:
                continue
            param -= lr * param.grad / batch_size


def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for i in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            l = squared_loss(linreg(X, w, b), y)
            l.sum().backward()
            sgd([w, b], lr, batch_size)
            w.grad.zero_()
            b.grad.zero_()
        losses.append(np.mean(squared_loss(linreg(features, w, b), labels).detach().numpy()))
    return losses
