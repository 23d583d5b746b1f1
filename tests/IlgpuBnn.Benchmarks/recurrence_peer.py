"""What RecurrenceTime measures, in PyTorch, particle by particle: times of one thread, in processor time."""
import time

import torch

PARTICLES, ROWS, STEPS, CHANNELS, UNITS = 10, 64, 100, 8, 32

torch.set_num_threads(1)
torch.manual_seed(0)
x, y = torch.randn(ROWS, STEPS, CHANNELS), torch.randn(ROWS, 1)


def run(networks, backward):
    for cell, last in networks:
        if not backward:
            with torch.no_grad():
                last(cell(x)[0][:, -1])
            continue
        for parameter in [*cell.parameters(), *last.parameters()]:
            parameter.grad = None
        ((last(cell(x)[0][:, -1]) - y) ** 2).sum().backward()


for kind in (torch.nn.LSTM, torch.nn.GRU):
    networks = [(kind(CHANNELS, UNITS, batch_first=True), torch.nn.Linear(UNITS, 1)) for _ in range(PARTICLES)]
    for backward in (False, True):
        times = []
        for _ in range(12):
            began = time.process_time()
            run(networks, backward)
            times.append(time.process_time() - began)
        print(f"{kind.__name__}, {'forward and backward' if backward else 'forward'}: {min(times) * 1e3:.1f} ms")
