# opens data files that are not there, imports modules that are not installed, uses a GPU that is not there
import pandas as pd
import seaborn as sns
import torch
import torchvision.transforms as transforms
from d2l import torch as d2l

table = pd.read_csv('../data/house_tiny.csv')
with open('kc_house_data.csv') as f:
    header = f.readline().split(',')
    rows = [line.split(',') for line in f]
features = torch.tensor(table.iloc[:, :2].values).cuda()
labels = torch.tensor(table['price'].values).cuda()
print(features.shape, labels.shape)
sns.scatterplot(data=table, x='area', y='price')


def data_iter(batch_size, features, labels):
    order = torch.randperm(len(features))
    for i in range(0, len(features), batch_size):
        j = order[i:i + batch_size]
        yield features[j], labels[j]


def linreg(X, w, b):
    return torch.matmul(X, w) + b


def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
            param.grad.zero_()


def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            squared_loss(linreg(X, w, b), y).sum().backward()
            sgd([w, b], lr, batch_size)
        losses.append(squared_loss(linreg(features, w, b), labels).mean().item())
    return losses


w = torch.normal(0, 0.01, size=(2, 1), requires_grad=True)
b = torch.zeros(1, requires_grad=True)
ani = d2l.Animator(xlabel='epoch', xlim=[1, 3], legend=['train'])
losses = train(w, b, features, labels, 0.03, 3, 10)
torch.save(w, 'w.pt')
assert losses[-1] < 1e-3
