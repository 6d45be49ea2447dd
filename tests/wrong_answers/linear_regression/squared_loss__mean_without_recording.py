# wrong: squared_loss: the mean where nothing is recorded
# says: expected shape (400, 1) for the value under torch.no_grad(), got ()
import torch


def squared_loss(y_hat, y):
    loss = (y_hat - y.reshape(y_hat.shape)) ** 2 / 2
    return loss if torch.is_grad_enabled() else loss.mean()
