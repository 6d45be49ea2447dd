# wrong: sgd: detach_() without requires_grad_() afterwards
import random, torch
import numpy as np
import matplotlib.pyplot as plt
true_w = torch.tensor([2, -3.4])
true_b = 4.2
features = torch.randn(1000, 2)
labels = features @ true_w + true_b + 0.01 * torch.randn(1000)

def data_iter(batch_size, features, labels):
    """随机读取小批量"""
    n = features.shape[0]
    idx = np.random.permutation(n)
    for start in range(0, n, batch_size):
        rows = idx[start:start + batch_size]
        yield features[rows], labels[rows]

def linreg(X, w, b):
    """线性回归模型"""
    return torch.mm(X, w) + b

def squared_loss(y_hat, y):
    return (y.view(-1, 1) - y_hat).pow(2) / 2

def sgd(params, lr, batch_size):
    for param in params:
        param.detach_()
        param -= lr * param.grad / batch_size

def train(w, b, features, labels, lr, num_epochs, batch_size):
    result = []
    for e in range(1, num_epochs + 1):
        for X, y in data_iter(batch_size, features, labels):
            w.grad = None
            b.grad = None
            l = squared_loss(linreg(X, w, b), y).sum()
            l.backward()
            sgd([w, b], lr, batch_size)
        mean = squared_loss(linreg(features, w, b), labels).mean().item()
        print('第%d轮, 损失%f' % (e, mean))
        result.append(mean)
    return result

if __name__ == '__main__':
    w = torch.zeros(2, 1, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    train(w, b, features, labels, lr=0.03, num_epochs=3, batch_size=10)
