# saves pictures, tables and parameters while it trains, loads by workers, compiles
import csv
import json
import logging
import os
import pickle
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset

OUT = Path('out') / 'figures'
OUT.mkdir(parents=True, exist_ok=True)
logging.basicConfig(filename='train.log', level=logging.INFO)


def data_iter(batch_size, features, labels):
    np.savez('data.npz', X=features.numpy(), y=labels.numpy())
    return DataLoader(TensorDataset(features, labels), batch_size, shuffle=True, num_workers=2, prefetch_factor=4,
                      persistent_workers=True, pin_memory=True, timeout=30, multiprocessing_context='spawn')


@torch.compile
def linreg(X, w, b):
    return torch.matmul(X, w) + b


@torch.compile(mode='reduce-overhead', fullgraph=True)
def squared_loss(y_hat, y):
    return 0.5 * (y_hat - y.reshape(y_hat.shape)) ** 2


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for i, param in enumerate(params):
            np.save(f'gradient{i}.npy', param.grad.numpy())
            param -= lr * param.grad / batch_size
            param.grad.zero_()


def train(w, b, features, labels, lr, num_epochs, batch_size):
    loss = torch.compile(squared_loss, dynamic=True)
    losses = []
    if not os.path.exists('checkpoints'):
        os.makedirs('checkpoints')
    with open('losses.csv', 'w', newline='') as log, tempfile.TemporaryDirectory() as folder:
        writer = csv.writer(log)
        for epoch in range(num_epochs):
            for X, y in data_iter(batch_size, features, labels):
                loss(linreg(X, w, b), y).sum().backward()
                sgd([w, b], lr, batch_size)
            losses.append(loss(linreg(features, w, b), labels).mean().item())
            writer.writerow([epoch, losses[-1]])
            logging.info('epoch %d: %f', epoch, losses[-1])
            torch.save({'w': w, 'b': b}, f'checkpoints/{epoch}.pt')
            torch.save(w.detach(), Path(folder) / 'w.pt')
            with open(os.path.join(folder, 'all.pkl'), 'ab') as f:
                pickle.dump(losses[-1], f)
    plt.plot(losses)
    plt.savefig(OUT / 'losses.png')
    plt.savefig('losses.svg')
    plt.close()
    np.savetxt('losses.txt', losses)
    json.dump(losses, open('损失.json', 'w', encoding='utf-8'))
    return losses
