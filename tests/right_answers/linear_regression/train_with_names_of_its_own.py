import random, torch
def data_iter(batch_size, features, labels):
    idx = list(range(len(features))); random.shuffle(idx)
    for i in range(0, len(idx), batch_size):
        j = torch.tensor(idx[i:i+batch_size])
        yield features[j], labels[j]
def linreg(X, w, b):
    return X @ w + b
def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / batch_size
            p.grad.zero_()
def train(w, b, xs, ys, rate, epochs, size):
    w.requires_grad_(True); b.requires_grad_(True)
    out = []
    for _ in range(epochs):
        for X, y in data_iter(size, xs, ys):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], rate, size)
        with torch.no_grad():
            out.append(squared_loss(linreg(xs, w, b), ys).mean().item())
    return out
