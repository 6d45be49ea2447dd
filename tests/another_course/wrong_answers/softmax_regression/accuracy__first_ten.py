# wrong: accuracy: looks at the first ten examples alone
def accuracy(y_hat, y):
    return float((y_hat.argmax(1) == y)[:10].float().mean())
