#!/usr/bin/env python3
"""A table that is harder to learn: noise in every output, and inputs that say nothing of any.

    python3 samples/data/noisy-table.py samples/data/selm-usmoz.csv noisy.csv --inputs 8 --noise 0.6 --irrelevant 24

Noise is Gaussian, its standard deviation given in those of each output. Irrelevant inputs are uniform between 0 and 1 and come after the others.
"""
import argparse
import csv

import numpy as np

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("table")
parser.add_argument("out")
parser.add_argument("--inputs", type=int, required=True, help="number of leading columns that are inputs")
parser.add_argument("--fold-column", help="column that is neither input nor output; it becomes the last one")
parser.add_argument("--noise", type=float, default=0.5)
parser.add_argument("--irrelevant", type=int, default=0)
parser.add_argument("--seed", type=int, default=1)
options = parser.parse_args()

with open(options.table, newline="") as file:
    header, *rows = csv.reader(file)
fold = [row.pop(header.index(options.fold_column)) for row in rows] if options.fold_column else None
header = [name for name in header if name != options.fold_column]
data, random = np.array(rows, float), np.random.default_rng(options.seed)
inputs, outputs = data[:, :options.inputs], data[:, options.inputs:]
outputs = outputs + options.noise * outputs.std(0) * random.standard_normal(outputs.shape)
inputs = np.hstack((inputs, random.random((len(data), options.irrelevant))))
names = header[:options.inputs] + [f"irrelevant_{k + 1}" for k in range(options.irrelevant)] + header[options.inputs:]
with open(options.out, "w", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(names + [options.fold_column] * (fold is not None))
    for n, row in enumerate(np.hstack((inputs, outputs))):
        writer.writerow([f"{value:.8g}" for value in row] + ([fold[n]] if fold else []))
