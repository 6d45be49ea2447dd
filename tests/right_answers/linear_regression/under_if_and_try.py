# definitions under if True: and try/except, imports with a fallback, a version switch
import os
os.environ['KMP_DUPLICATE_LIB_OK'] = 'TRUE'
import sys
import torch

try:
    import numpy as np
    from tqdm import tqdm
except ImportError:
    def tqdm(x, **kwargs):
        return x

if sys.version_info >= (3, 6):
    def data_iter(batch_size, features, labels):
        p = torch.randperm(len(features))
        for i in range(0, len(features), batch_size):
            yield features[p[i:i + batch_size]], labels[p[i:i + batch_size]]
else:
    def data_iter(batch_size, features, labels):
        raise RuntimeError('too old')

if True:
    def linreg(X, w, b):
        return torch.mm(X, w) + b

    def squared_loss(y_hat, y):
        return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2

try:
    import jax.numpy as jnp

    def sgd(params, lr, batch_size):
        raise NotImplementedError
except Exception:
    def sgd(params, lr, batch_size):
        with torch.no_grad():
            for p in params:
                p -= lr * p.grad / batch_size
                p.grad.zero_()
finally:
    ready = True

device = 'cuda' if torch.cuda.is_available() else 'cpu'


def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for epoch in tqdm(range(num_epochs), desc='training'):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        losses.append(squared_loss(linreg(features, w, b), labels).mean().item())
    return losses
