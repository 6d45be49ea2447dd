# counts the labels in place of the features, and moves the data of a parameter
import random

import torch


def data_iter(batch_size, features, labels):
    indices = list(range(len(features)))
    random.shuffle(indices)
    for start in range(0, len(labels), batch_size):
        batch = indices[start : start + batch_size]
        yield features[batch], labels[batch]


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param.data -= lr * param.grad / batch_size
