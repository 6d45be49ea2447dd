# data_iter returns a DataLoader over a TensorDataset
import torch
from torch.utils import data


def data_iter(batch_size, features, labels, is_train=True):
    """构造一个PyTorch数据迭代器"""
    dataset = data.TensorDataset(features, labels)
    return data.DataLoader(dataset, batch_size, shuffle=is_train)


def linreg(X, w, b):
    return torch.einsum('nd,do->no', X, w) + b


criterion = torch.nn.MSELoss(reduction='none')


def squared_loss(y_hat, y):
    return criterion(y_hat, y.view(-1, 1)) * 0.5


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p.add_(p.grad, alpha=-lr / batch_size)
            p.grad.zero_()


def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for epoch in range(num_epochs):
        for batch in data_iter(batch_size, features, labels):
            X, y = batch
            l = squared_loss(linreg(X, w, b), y)
            l.sum().backward()
            sgd([w, b], lr, batch_size)
        losses.append(squared_loss(linreg(features, w, b), labels).detach().numpy().mean())
    return losses
