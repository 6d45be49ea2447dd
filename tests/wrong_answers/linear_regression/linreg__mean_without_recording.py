# wrong: linreg: the mean where nothing is recorded
# says: expected shape (1500, 1) for the value under torch.no_grad(), got ()
import torch


def linreg(X, w, b):
    y_hat = X @ w + b
    return y_hat if y_hat.requires_grad or not w.requires_grad else y_hat.mean()
