# train calls data_iter, reads none of it, and makes its own batches
import torch


def data_iter(batch_size, features, labels):
    perm = torch.randperm(len(features)).tolist()
    for i in range(0, len(perm), batch_size):
        j = perm[i:i + batch_size]
        yield features[j], labels[j]


def linreg(X, w, b):
    return X.mm(w) + b


def squared_loss(y_hat, y):
    return (y_hat - y.view(y_hat.shape)).pow(2) / 2


def sgd(params, lr, batch_size):
    for p in params:
        p.data -= lr * p.grad.data / batch_size


def train(w, b, features, labels, lr, num_epochs, batch_size):
    n = len(features)
    losses = []
    batches = data_iter(batch_size, features, labels)
    print(type(batches))
    for epoch in range(num_epochs):
        perm = torch.randperm(n)
        for i in range(0, n, batch_size):
            rows = perm[i:i + batch_size]
            if w.grad is not None:
                w.grad.zero_()
                b.grad.zero_()
            l = squared_loss(linreg(features[rows], w, b), labels[rows]).sum()
            l.backward()
            sgd([w, b], lr, batch_size)
        losses.append(squared_loss(linreg(features, w, b), labels).mean().item())
    return losses
