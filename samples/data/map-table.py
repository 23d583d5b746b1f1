#!/usr/bin/env python3
"""Writes a made-up table of maps: a bump that moves, widens and grows, a slope, and noise of sd 0.05 in every cell.

map-table.py CELLS_ACROSS CELLS_DOWN ROWS FILE [SEED]
"""
import math
import random
import sys

across, down, rows, path = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
draws = random.Random(int(sys.argv[5]) if len(sys.argv) > 5 else 1)
with open(path, 'w') as file:
    file.write(','.join(['x1', 'x2', 'x3', 'x4'] + [f'"m[{j // across},{j % across}]"' for j in range(across * down)]) + '\n')
    for _ in range(rows):
        x = [draws.random() for _ in range(4)]
        cx, cy, width, height = 0.2 + 0.6 * x[0], 0.2 + 0.6 * x[1], 0.15 + 0.2 * x[2], 1 + 2 * x[3]
        cells = []
        for j in range(across * down):
            u, v = (j % across + 0.5) / across, (j // across + 0.5) / down
            y = height * math.exp(-((u - cx) ** 2 + (v - cy) ** 2) / (2 * width * width)) \
                + 0.5 * u * math.sin(3 * x[3]) + 0.3 * v * x[0] * x[1] + 0.05 * draws.gauss(0, 1)
            cells.append(f'{y:.5g}')
        file.write(','.join(f'{v:.6g}' for v in x) + ',' + ','.join(cells) + '\n')
