# 用 lambda 写的向量加法，中文注释，变量名也有中文
import torch

vector_add = lambda a, b: torch.add(a, b)  # 一行搞定

次数 = 1000
甲, 乙 = torch.ones(次数), torch.ones(次数)
结果 = vector_add(甲, 乙)
print('结果的前五个：', 结果[:5])
