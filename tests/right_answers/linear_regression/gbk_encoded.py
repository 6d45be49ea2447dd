# -*- coding: gbk -*-  saved as GBK on a Chinese Windows; docstrings and names are Chinese
import torch
import random


def data_iter(batch_size, features, labels):
    """按小批量随机读取样本。最后一个小批量可能不足 batch_size 个样本。"""
    样本数 = features.shape[0]
    下标 = list(range(样本数))
    random.shuffle(下标)
    起点 = 0
    while 起点 < 样本数:
        选中 = 下标[起点:起点 + batch_size]
        yield features[选中], labels[选中]
        起点 += batch_size


def linreg(X, w, b):
    """线性回归模型"""
    return X.mm(w) + b


def squared_loss(y_hat, y):
    """平方损失：一半的误差平方"""
    误差 = y_hat - y.view(y_hat.shape)
    return 误差 * 误差 / 2


def sgd(params, lr, batch_size):
    """小批量随机梯度下降"""
    步长 = lr / batch_size
    for 参数 in params:
        参数.data -= 步长 * 参数.grad


def train(w, b, features, labels, lr, num_epochs, batch_size):
    """训练，返回每一轮之后的平均损失"""
    平均损失 = []
    for 轮 in range(1, num_epochs + 1):
        for X, y in data_iter(batch_size, features, labels):
            for 参数 in (w, b):
                if 参数.grad is not None:
                    参数.grad.zero_()
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        损失 = squared_loss(linreg(features, w, b), labels).mean().item()
        print('第', 轮, '轮，损失', 损失)
        平均损失.append(损失)
    return 平均损失


真实权重 = torch.tensor([[2.0], [-3.4]])
特征 = torch.randn(1000, 2)
标签 = 特征 @ 真实权重 + 4.2 + 0.01 * torch.randn(1000, 1)
w = torch.zeros(2, 1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
train(w, b, 特征, 标签, lr=0.03, num_epochs=3, batch_size=10)
