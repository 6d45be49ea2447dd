import torch


def softmax(X):
    rows = []
    for row in X:
        e = torch.exp(row - row.max())
        rows.append(e / torch.sum(e))
    return torch.stack(rows)
