"""What ConvolutionShare measures, in PyTorch, particle by particle: times of one thread, in processor time; with the same periodic padding, and with zeros, which copy nothing."""
import time

import torch

PARTICLES, ROWS, CHANNELS, SIDE, MORE = 10, 64, 16, 32, 4

torch.set_num_threads(1)
torch.manual_seed(0)
x = torch.randn(ROWS, CHANNELS, SIDE, SIDE)


def network(convolutions, activation, padding):
    layers = []
    for _ in range(convolutions):
        layers += [torch.nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, padding_mode=padding), activation()]
    return torch.nn.Sequential(*layers, torch.nn.AvgPool2d(SIDE))


def seconds(convolutions, activation, padding, backward):
    networks = [network(convolutions, activation, padding) for _ in range(PARTICLES)]
    times = []
    for _ in range(4):
        began = time.process_time()
        for own in networks:
            if not backward:
                with torch.no_grad():
                    own(x)
                continue
            own.zero_grad(set_to_none=True)
            own(x).square().sum().backward()
        times.append(time.process_time() - began)
    return min(times)


for name, activation in (("Identity", torch.nn.Identity), ("Relu", torch.nn.ReLU), ("Silu", torch.nn.SiLU)):
    for padding in ("circular", "zeros"):
        for backward in (False, True):
            more, few = (seconds(count, activation, padding, backward) for count in (2 + MORE, 2))
            print(f"{name}, {padding}, {'forward and backward' if backward else 'forward'}: {(more - few) / MORE * 1e3:.1f} ms", flush=True)
