# backslashes before empty lines and comments, statements that share a line, decorators in brackets
import functools
import random; \

import torch
lr, num_epochs = 0.03, \
    3; batch_size = 10 \

HALF = 0.5 \
   
def plain(f):
    return functools.wraps(f)(lambda *args: f(*args))


def data_iter(batch_size, features, labels):
    order = list(range(len(features))); random.shuffle(order) \

    for i in range(0, len(order), batch_size):
        j = torch.tensor(order[i:i + batch_size]) \

        yield features[j], labels[j] \

@(
    plain
)
def linreg(X, w, b): return X @ w + b \

@ \
plain
# the half of a square
def squared_loss(y_hat, y):
    return HALF * \
        (y_hat - y.reshape(y_hat.shape)) ** 2;

def sgd(params, lr, batch_size):
	with torch.no_grad():
		for param in params: \
			param -= lr * param.grad / batch_size; param.grad.zero_()


def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        losses.append(squared_loss(linreg(features, w, b), labels).mean().item())
    return losses \

