# data_iter returns a plain list; every position of the data is taken by pop() from a shuffled list
from random import shuffle
import torch as t


def data_iter(batch_size, features, labels):
    left = list(range(len(features)))
    shuffle(left)
    result = []
    while left:
        take = [left.pop() for _ in range(min(batch_size, len(left)))]
        result.append((features[t.tensor(take)], labels[t.tensor(take)]))
    return result


def linreg(X, w, b):
    return t.matmul(w.T, X.T).T + b


def squared_loss(y_hat, y):
    return (y_hat - y.view(*y_hat.shape)).abs() ** 2 / 2


def sgd(params, lr, batch_size):
    for p in params:
        p.data += -lr * (p.grad.data / batch_size)
        p.grad.data *= 0


def train(w, b, features, labels, lr, num_epochs, batch_size):
    all_losses = []
    for epoch in range(1, num_epochs + 1):
        for X, y in data_iter(batch_size, features, labels):
            t.sum(squared_loss(linreg(X, w, b), y)).backward()
            sgd([w, b], lr, batch_size)
        epoch_loss = t.mean(squared_loss(linreg(features, w, b), labels))
        print('epoch', epoch, 'loss', epoch_loss.data.numpy())
        all_losses.append(epoch_loss.data.numpy())
    return all_losses


features = t.randn(1000, 2)
labels = features.mm(t.tensor([[2.0], [-3.4]])) + 4.2
labels = labels + 0.01 * t.randn(labels.shape)
w = t.normal(0, 0.01, size=(2, 1)).requires_grad_()
b = t.zeros(1).requires_grad_()
history = train(w, b, features, labels, 0.03, 3, 10)
t.save({'w': w, 'b': b, 'history': history}, 'model.pt')
