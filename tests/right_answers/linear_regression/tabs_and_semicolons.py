# tabs for indentation, several statements on a line with semicolons
import torch, random;

def data_iter(batch_size, features, labels):
	n = len(features); idx = list(range(n)); random.shuffle(idx);
	for i in range(0, n, batch_size):
		j = idx[i:i+batch_size]; yield features[j], labels[j];

def linreg(X, w, b): Y = X.matmul(w); return Y + b;

def squared_loss(y_hat, y): d = y_hat - y.view(y_hat.shape); return d**2/2;

def sgd(params, lr, batch_size):
	for p in params: p.data.sub_(p.grad*lr/batch_size); p.grad.zero_();

def train(w, b, features, labels, lr, num_epochs, batch_size):
	L = [];
	for e in range(num_epochs):
		for X, y in data_iter(batch_size, features, labels):
			l = squared_loss(linreg(X, w, b), y).sum(); l.backward(); sgd([w, b], lr, batch_size);
		m = squared_loss(linreg(features, w, b), labels).mean().item(); print(e, m); L.append(m);
	return L;

W = torch.randn(2, 1, requires_grad=True); B = torch.zeros(1, requires_grad=True);
F_ = torch.randn(1000, 2); Y_ = F_ @ torch.tensor([[2.], [-3.4]]) + 4.2; train(W, B, F_, Y_, 0.03, 3, 10);
