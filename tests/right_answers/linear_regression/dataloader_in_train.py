# train reads from a DataLoader of its own; data_iter is there and right, but unused
import random
import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset


class HouseData(Dataset):
    def __init__(self, features, labels):
        self.features, self.labels = features, labels

    def __len__(self):
        return len(self.features)

    def __getitem__(self, i):
        return self.features[i], self.labels[i]


def data_iter(batch_size, features, labels):
    idx = list(range(len(features)))
    random.shuffle(idx)
    for i in range(0, len(idx), batch_size):
        yield features[idx[i:i + batch_size]], labels[idx[i:i + batch_size]]


def linreg(X, w, b):
    return torch.matmul(X, w) + b


def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / batch_size
            p.grad.zero_()


def train(w, b, features, labels, lr, num_epochs, batch_size):
    loader = DataLoader(HouseData(features, labels), batch_size=batch_size, shuffle=True)
    losses = []
    for _ in range(num_epochs):
        for X, y in loader:
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        losses.append(squared_loss(linreg(features, w, b), labels).mean().item())
    return losses
