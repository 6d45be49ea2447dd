# saves pictures, tables and parameters while it trains, reads them back, loads by workers, compiles
import csv
import json
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
os.makedirs('checkpoints', exist_ok=True)


def read_half():
    with open('settings.json', 'w') as f:
        json.dump({'half': 0.5, '名': 1}, f, ensure_ascii=False)
    return json.load(open('settings.json', encoding='utf-8'))['half']


half = read_half()


def data_iter(batch_size, features, labels):
    np.savez('data.npz', X=features.numpy(), y=labels.numpy())
    with np.load('data.npz') as data:
        X, y = torch.from_numpy(data['X']), torch.from_numpy(data['y'])
    return DataLoader(TensorDataset(X, y), batch_size, shuffle=True, num_workers=2, prefetch_factor=4,
                      persistent_workers=True, pin_memory=True, timeout=30, multiprocessing_context='spawn')


@torch.compile
def linreg(X, w, b):
    return torch.matmul(X, w) + b


@torch.compile(mode='reduce-overhead', fullgraph=True)
def squared_loss(y_hat, y):
    return half * (y_hat - y.reshape(y_hat.shape)) ** 2


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for i, param in enumerate(params):
            np.save(f'gradient{i}.npy', param.grad.numpy())
            param -= lr * torch.from_numpy(np.load(f'gradient{i}.npy')) / batch_size
            param.grad.zero_()
            os.remove(f'gradient{i}.npy')


def train(w, b, features, labels, lr, num_epochs, batch_size):
    loss = torch.compile(squared_loss, dynamic=True)
    losses = []
    log = open('losses.csv', 'w', newline='')
    writer = csv.writer(log)
    writer.writerow(['epoch', 'loss'])
    with tempfile.TemporaryDirectory() as folder:
        for epoch in range(num_epochs):
            for X, y in data_iter(batch_size, features, labels):
                loss(linreg(X, w, b), y).sum().backward()
                sgd([w, b], lr, batch_size)
            losses.append(loss(linreg(features, w, b), labels).mean().item())
            writer.writerow([epoch, losses[-1]])
            torch.save({'w': w, 'b': b}, f'checkpoints/{epoch}.pt')
            torch.save(w.detach(), Path(folder) / 'w.pt')
            with open(os.path.join(folder, 'all.pkl'), 'ab') as f:
                pickle.dump(losses[-1], f)
        assert torch.equal(torch.load(f'checkpoints/{num_epochs - 1}.pt')['w'], w)
        assert sorted(os.listdir(folder)) == ['all.pkl', 'w.pt']
    assert not os.path.exists(folder)
    log.close()
    plt.plot(losses)
    plt.savefig(OUT / 'losses.png')
    plt.savefig('losses.svg')
    plt.close()
    assert os.path.exists('out/figures/losses.png') and Path('losses.svg').is_file()
    np.savetxt('losses.txt', losses)
    assert np.allclose(np.loadtxt('losses.txt'), losses)
    with open('losses.csv') as f:
        return [float(row['loss']) for row in csv.DictReader(f)]
