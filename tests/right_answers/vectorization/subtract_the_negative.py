# a - (-b): a student who tries to be clever; UTF-8 BOM and CRLF line ends from Windows
import torch

def vector_add(a, b):
    return a - (-b)   # 负负得正

n = int(input('n = '))
print(vector_add(torch.ones(n), torch.ones(n)))
