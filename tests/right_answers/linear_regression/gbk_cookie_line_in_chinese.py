# coding=gbk 编码声明这一行里就有中文：Python 能运行，但 tokenize.open 会报错
import random, torch

def data_iter(batch_size, features, labels):
    num = len(features)
    order = random.sample(list(range(num)), num)  # 打乱
    for k in range(0, num, batch_size):
        part = torch.tensor(order[k:k + batch_size])
        yield features[part], labels[part]

def linreg(X, w, b):
    return torch.mm(X, w) + b

def squared_loss(y_hat, y):
    return (y_hat - y.view(y_hat.shape)) ** 2 / 2

def sgd(params, lr, batch_size):
    for param in params:
        param.data -= lr * param.grad / batch_size
        param.grad.data.zero_()

def train(w, b, features, labels, lr, num_epochs, batch_size):
    记录 = []
    for 轮 in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        记录.append(squared_loss(linreg(features, w, b), labels).mean().item())
        print('第%d轮 损失%f' % (轮 + 1, 记录[-1]))
    return 记录
