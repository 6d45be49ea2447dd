"""Functions as students write them, each with one slip, and its line in the function.

After the name of the exercise stands the line; then what is wrong there.
"""

# ruff: noqa


# data_iter, 5: stops one example early
def data_iter(batch_size, features, labels):
    num_examples = len(features)
    indices = list(range(num_examples))
    random.shuffle(indices)
    for i in range(0, num_examples - 1, batch_size):
        batch_indices = torch.tensor(indices[i : min(i + batch_size, num_examples)])
        yield features[batch_indices], labels[batch_indices]


# data_iter, 6: each batch one too short
def data_iter(batch_size, features, labels):
    num_examples = len(features)
    indices = list(range(num_examples))
    random.shuffle(indices)
    for i in range(0, num_examples, batch_size):
        j = torch.tensor(indices[i : min(i + batch_size - 1, num_examples)])
        yield features[j], labels[j]


# data_iter, 4: shuffle returns None
def data_iter(batch_size, features, labels):
    n = features.shape[0]
    idx = list(range(n))
    idx = random.shuffle(idx)
    for start in range(0, n, batch_size):
        rows = idx[start : start + batch_size]
        yield features[rows], labels[rows]


# data_iter, 6: returned, not yielded
def data_iter(batch_size, features, labels):
    n = len(labels)
    order = torch.randperm(n)
    for k in range(0, n, batch_size):
        pick = order[k : k + batch_size]
        return features[pick], labels[pick]


# data_iter, 2: a letter of the method is missing
def data_iter(batch_size, features, labels):
    perm = torch.randprm(len(features))
    for s in range(0, len(features), batch_size):
        yield features[perm[s : s + batch_size]], labels[perm[s : s + batch_size]]


# data_iter, 5: a name that is not defined
def data_iter(batch_size, features, labels):
    count = len(features)
    indices = np.random.permutation(count)
    for at in range(0, count, batch_size):
        rows = torch.from_numpy(indexes[at : at + batch_size])
        yield features.index_select(0, rows), labels.index_select(0, rows)


# data_iter, 8: the labels come first
def data_iter(batch_size, features, labels):
    n = len(features)
    rows = [*range(n)]
    random.shuffle(rows)
    position = 0
    while position < n:
        these = rows[position : position + batch_size]
        yield labels[these], features[these]
        position += batch_size


# data_iter, 9: moves on by one too many
def data_iter(batch_size, features, labels):
    """Minibatches."""
    n = len(features)
    rows = torch.randperm(n).tolist()
    position = 0
    while position < n:
        chunk = rows[position : position + batch_size]
        yield features[chunk], labels[chunk]
        position += batch_size + 1


# data_iter, 3: the first example is missing
def data_iter(batch_size, features, labels):
    n = features.size(0)
    indices = list(range(1, n))
    random.shuffle(indices)
    for i in range(0, n, batch_size):
        b = indices[i : i + batch_size]
        if b:
            yield features[b], labels[b]


# data_iter, 4: drops the last batch
def data_iter(batch_size, features, labels):
    from torch.utils.data import DataLoader, TensorDataset

    dataset = TensorDataset(features, labels)
    return DataLoader(dataset, batch_size, shuffle=True, drop_last=True)


# data_iter, 7: both from features
def data_iter(batch_size, features, labels):
    n = len(features)
    indices = list(range(n))
    random.shuffle(indices)
    for i in range(0, n, batch_size):
        j = indices[i : i + batch_size]
        yield features[j], features[j]


# linreg, 3: b is multiplied
def linreg(X, w, b):
    """The linear regression model."""
    return torch.matmul(X, w) * b


# linreg, 2: the factors changed places
def linreg(X, w, b):
    y_hat = torch.mm(w, X) + b
    return y_hat


# linreg, 2: averaged
def linreg(X, w, b):
    return torch.matmul(X, w) / len(X) + b


# linreg, 3: an activation too many
def linreg(X, w, b):
    out = X @ w + b
    return torch.sigmoid(out)


# linreg, 2: a letter of the method is missing
def linreg(X, w, b):
    return torch.matmull(X, w) + b


# linreg, 2: X named in small
def linreg(X, w, b):
    return x.mm(w) + b


# squared_loss, 2: the exponent is three
def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 3 / 2


# squared_loss, 2: added
def squared_loss(y_hat, y):
    return (y_hat + y.reshape(y_hat.shape)) ** 2 / 2


# squared_loss, 3: one is added
def squared_loss(y_hat, y):
    """Squared loss."""
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2 + 1


# squared_loss, 3: doubled, not halved
def squared_loss(y_hat, y):
    diff = y_hat - y.view_as(y_hat)
    return 2 * diff**2


# squared_loss, 2: a typing error in the name
def squared_loss(y_hat, y):
    error = y_ht - y.reshape(y_hat.shape)
    return error * error / 2


# squared_loss, 2: reshap
def squared_loss(y_hat, y):
    return (y_hat - y.reshap(y_hat.shape)) ** 2 / 2


# squared_loss, 2: the shape of y itself
def squared_loss(y_hat, y):
    return 0.5 * (y_hat - y.reshape(y.shape)).pow(2)


# squared_loss, 4: averaged
def squared_loss(y_hat, y):
    y = y.reshape(y_hat.shape)
    l = 0.5 * torch.square(y_hat - y)
    return l.mean()


# sgd, 5: lr forgotten
def sgd(params, lr, batch_size):
    """Minibatch stochastic gradient descent."""
    with torch.no_grad():
        for param in params:
            param -= param.grad / batch_size
            param.grad.zero_()


# sgd, 4: divided by twice the batch size
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / (2 * batch_size)
            param.grad.zero_()


# sgd, 5: zero without an underscore
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
            param.grad.zero()


# sgd, 3: uphill
def sgd(params, lr, batch_size):
    for p in params:
        p.data += lr * p.grad / batch_size


# sgd, 3: the sign of the step
def sgd(params, lr, batch_size):
    for p in params:
        p.data.add_(lr * p.grad / batch_size)


# sgd, 4: a sign forgotten before =
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param = lr * param.grad / batch_size
            param.grad.zero_()


# sgd, 4: the sum is thrown away
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p.sub(lr * p.grad / batch_size)


# sgd, 2: no call
def sgd(params, lr, batch_size):
    with torch.no_grad:
        for p in params:
            p -= lr * p.grad / batch_size
            p.grad.zero_()


# sgd, 4: gradient of the gradient
def sgd(params, lr, batch_size):
    for theta in params:
        g = theta.grad
        theta.data -= lr * g.grad / batch_size


# train, 3: one epoch too many
def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for epoch in range(num_epochs + 1):
        for X, y in data_iter(batch_size, features, labels):
            l = squared_loss(linreg(X, w, b), y)
            w.grad, b.grad = None, None
            l.sum().backward()
            sgd([w, b], lr, batch_size)
        with torch.no_grad():
            losses.append(float(squared_loss(linreg(features, w, b), labels).mean()))
    return losses


# train, 6: not summed
def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for epoch in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            l = squared_loss(linreg(X, w, b), y)
            l.backward()
            sgd([w, b], lr, batch_size)
            w.grad.zero_()
            b.grad.zero_()
        with torch.no_grad():
            l = squared_loss(linreg(features, w, b), labels)
            losses.append(l.mean().item())
    return losses


# train, 12: returned after the first epoch
def train(w, b, features, labels, lr, num_epochs, batch_size):
    history = []
    for _ in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            w.grad = b.grad = None
            loss = squared_loss(linreg(X, w, b), y).sum()
            loss.backward()
            sgd([w, b], lr, batch_size)
        with torch.no_grad():
            final = squared_loss(linreg(features, w, b), labels).mean()
        history.append(float(final))
        return history


# train, 6: a method misspelled
def train(w, b, features, labels, lr, num_epochs, batch_size):
    result = []
    for epoch in range(num_epochs):
        for X, y in data_iter(batch_size, features, labels):
            loss = squared_loss(linreg(X, w, b), y)
            loss.sum().backwards()
            sgd([w, b], lr, batch_size)
            for p in (w, b):
                p.grad.zero_()
        with torch.no_grad():
            result.append(squared_loss(linreg(features, w, b), labels).mean().item())
    return result


# train, 9: the summed loss
def train(w, b, features, labels, lr, num_epochs, batch_size):
    out = []
    for i in range(num_epochs):
        for xb, yb in data_iter(batch_size, features, labels):
            w.grad = b.grad = None
            squared_loss(linreg(xb, w, b), yb).sum().backward()
            sgd([w, b], lr, batch_size)
        with torch.no_grad():
            out.append(squared_loss(linreg(features, w, b), labels).sum().item())
    return out


# train, 10: what counts the steps, not the assertion behind it
def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for epoch in range(num_epochs):
        steps = 0
        for X, y in data_iter(batch_size, features, labels):
            w.grad = b.grad = None
            l = squared_loss(linreg(X, w, b), y)
            l.sum().backward()
            sgd([w, b], lr, batch_size)
            steps = 1
        assert steps == -(-len(features) // batch_size)
        with torch.no_grad():
            losses.append(squared_loss(linreg(features, w, b), labels).mean().item())
    return losses


# train, 4: two arguments changed places
def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for epoch in range(num_epochs):
        for X, y in data_iter(features, batch_size, labels):
            l = squared_loss(linreg(X, w, b), y).sum()
            w.grad = b.grad = None
            l.backward()
            sgd([w, b], lr, batch_size)
        with torch.no_grad():
            losses.append(float(squared_loss(linreg(features, w, b), labels).mean()))
    return losses


# vector_add, 2: multiplied
def vector_add(a, b):
    return a * b


# vector_add, 3: added in place
def vector_add(a, b):
    """The sum."""
    return a.add_(b)


# linreg, 3: not returned
def linreg(X, w, b):
    """The linear regression model."""
    torch.matmul(X, w) + b


# squared_loss, 3: only assigned
def squared_loss(y_hat, y):
    y = y.reshape(y_hat.shape)
    loss = (y_hat - y) ** 2 / 2


# squared_loss, 2: a tensor for its shape
def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat)) ** 2 / 2


# train, 2: arguments of a helper in another order
def train_epoch(w, b, features, labels, lr, batch_size):
    for X, y in data_iter(features, labels, batch_size):
        l = squared_loss(linreg(X, w, b), y).sum()
        w.grad = b.grad = None
        l.backward()
        sgd([w, b], lr, batch_size)


def train(w, b, features, labels, lr, num_epochs, batch_size):
    losses = []
    for epoch in range(num_epochs):
        train_epoch(w, b, features, labels, lr, batch_size)
        with torch.no_grad():
            losses.append(squared_loss(linreg(features, w, b), labels).mean().item())
    return losses


# linreg, 5: a return inside the loop
def linreg(X, w, b):
    y_hat = b
    for j in range(X.shape[1]):
        y_hat = y_hat + X[:, j : j + 1] * w[j]
        return y_hat
