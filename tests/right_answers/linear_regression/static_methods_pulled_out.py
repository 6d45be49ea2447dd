# one class holds all functions as static and class methods; names are assigned from it afterwards
import random
import torch


class LinearRegression:
    @staticmethod
    def data_iter(batch_size, features, labels):
        idx = list(range(len(features)))
        random.shuffle(idx)
        for i in range(0, len(idx), batch_size):
            yield features[idx[i:i + batch_size]], labels[idx[i:i + batch_size]]

    @staticmethod
    def linreg(X, w, b):
        return torch.matmul(X, w) + b

    @staticmethod
    def squared_loss(y_hat, y):
        return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2

    @staticmethod
    def sgd(params, lr, batch_size):
        with torch.no_grad():
            for p in params:
                p -= lr * p.grad / batch_size
                p.grad.zero_()

    @classmethod
    def train(cls, w, b, features, labels, lr, num_epochs, batch_size):
        losses = []
        for _ in range(num_epochs):
            for X, y in cls.data_iter(batch_size, features, labels):
                cls.squared_loss(cls.linreg(X, w, b), y).sum().backward()
                cls.sgd([w, b], lr, batch_size)
            losses.append(cls.squared_loss(cls.linreg(features, w, b), labels).mean().item())
        return losses


model = LinearRegression()
data_iter = LinearRegression.data_iter
linreg = LinearRegression.linreg
squared_loss = LinearRegression.squared_loss
sgd = LinearRegression.sgd
train = model.train
