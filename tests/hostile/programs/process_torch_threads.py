"""Has torch start its own threads and its own loading processes."""
# expect: blocked|error|crashed

import threading

import torch


def attack(x):
    data = torch.utils.data.TensorDataset(torch.ones(8, 1))

    def load():
        loader = torch.utils.data.DataLoader(data)
        loader.num_workers, loader.prefetch_factor = (
            1,
            2,
        )  # which it was not given
        return list(loader)

    def threads():
        torch.set_num_threads(4)
        before = torch.get_num_threads()
        torch.ones(400, 400) @ torch.ones(400, 400)
        return (
            before if before > 1 and threading.active_count() > 1 else refuse()
        )

    return tried({"loader": load, "threads": threads})
