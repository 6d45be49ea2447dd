import random, torch
def data_iter(batch_size, features, labels):
    idx = list(range(len(features))); random.shuffle(idx)
    for i in range(0, len(idx), batch_size):
        j = torch.tensor(idx[i:i+batch_size])
        yield features[j], labels[j]
def linreg(X, weight, bias):
    return X @ w + b
def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / batch_size
            p.grad.zero_()
def train(weight, bias, xs, ys, lr, num_epochs, batch_size):
    weight.requires_grad_(True); bias.requires_grad_(True)
    out = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, xs, ys):
            squared_loss(linreg(X, weight, bias), y).sum().backward()
            sgd([weight, bias], lr, batch_size)
        with torch.no_grad():
            out.append(squared_loss(linreg(xs, weight, bias), ys).mean().item())
    return out
