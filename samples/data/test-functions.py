#!/usr/bin/env python3
"""Tables of functions that surrogates are usually tried on, with inputs drawn uniformly from their box: 400 rows to train, 500 others as test rows.

    python3 samples/data/test-functions.py friedman friedman.csv --noise 0.1
    dotnet run -c Release --project samples/FewRuns -- --data friedman.csv --inputs 10 --fold-column fold --sizes 50,100,300 --seeds 3
    python3 samples/FewRuns/peers.py friedman.csv --inputs 10 --fold-column fold --sizes 50,100,300 --seeds 3

Noise is Gaussian, its standard deviation given in those of each output. The column "fold" is 0 for test rows.
"""
import argparse
import csv

import numpy as np
from numpy import cos, exp, log, pi, sin, sqrt


def borehole(x):
    """Water that flows through a borehole (Harper and Gupta 1983)."""
    rw, r, tu, hu, tl, hl, length, kw = x.T
    ratio = log(r / rw)
    return 2 * pi * tu * (hu - hl) / (ratio * (1 + 2 * length * tu / (ratio * rw**2 * kw) + tu / tl))


def otl(x):
    """Voltage of a push-pull circuit without transformer (Ben-Ari and Steinberg 2007)."""
    rb1, rb2, rf, rc1, rc2, beta = x.T
    gain = beta * (rc2 + 9)
    return (12 * rb2 / (rb1 + rb2) + 0.74) * gain / (gain + rf) + 11.35 * rf / (gain + rf) + 0.74 * rf * gain / ((gain + rf) * rc1)


def piston(x):
    """Seconds of a piston's cycle (Ben-Ari and Steinberg 2007)."""
    mass, surface, v0, k, p0, ta, t0 = x.T
    a = p0 * surface + 19.62 * mass - k * v0 / surface
    v = surface / (2 * k) * (sqrt(a * a + 4 * k * p0 * v0 / t0 * ta) - a)
    return 2 * pi * sqrt(mass / (k + surface**2 * p0 * v0 / t0 * ta / v**2))


def wing(x):
    """Weight of a light aircraft's wing (Forrester et al. 2008)."""
    sw, wfw, a, sweep, q, taper, tc, nz, wdg, wp = x.T
    sweep = sweep * pi / 180
    return (0.036 * sw**0.758 * wfw**0.0035 * (a / cos(sweep) ** 2) ** 0.6 * q**0.006 * taper**0.04
            * (100 * tc / cos(sweep)) ** -0.3 * (nz * wdg) ** 0.49 + sw * wp)


def ishigami(x):
    return sin(x[:, 0]) + 7 * sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * sin(x[:, 0])


def friedman(x):
    """Of ten inputs, of which the last five say nothing (Friedman 1991)."""
    return 10 * sin(pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]


def franke(x):
    a, b = 9 * x[:, 0], 9 * x[:, 1]
    return (0.75 * exp(-((a - 2) ** 2 + (b - 2) ** 2) / 4) + 0.75 * exp(-(a + 1) ** 2 / 49 - (b + 1) / 10)
            + 0.5 * exp(-((a - 7) ** 2 + (b - 3) ** 2) / 4) - 0.2 * exp(-(a - 4) ** 2 - (b - 7) ** 2))


def robot(x):
    """How far an arm of four segments reaches (An and Owen 2001)."""
    angles, lengths = np.cumsum(x[:, :4], 1), x[:, 4:]
    return sqrt((lengths * cos(angles)).sum(1) ** 2 + (lengths * sin(angles)).sum(1) ** 2)


def branin(x):
    a, b = x.T
    return (b - 5.1 / (4 * pi**2) * a * a + 5 / pi * a - 6) ** 2 + 10 * (1 - 1 / (8 * pi)) * cos(a) + 10


def sobol_g(x):
    """With a kink in every input (Saltelli and Sobol 1995)."""
    a = np.array([0, 1, 4.5, 9, 99, 99, 99, 99])
    return np.prod((abs(4 * x - 2) + a) / (1 + a), 1)


def welch(x):
    """Of twenty inputs, few of which matter (Welch et al. 1992)."""
    z = x - 0.5
    return (5 * z[:, 11] / (1 + z[:, 0]) + 5 * (z[:, 3] - z[:, 19]) ** 2 + z[:, 4] + 40 * z[:, 18] ** 3 - 5 * z[:, 18] + 0.05 * z[:, 1]
            + 0.08 * z[:, 2] - 0.03 * z[:, 5] + 0.03 * z[:, 6] - 0.09 * z[:, 8] - 0.01 * z[:, 9] - 0.07 * z[:, 10] + 0.25 * z[:, 12] ** 2
            - 0.04 * z[:, 13] + 0.06 * z[:, 14] - 0.01 * z[:, 16] - 0.03 * z[:, 17])


def spill(x):
    """Pollutant of two spills at two places and three times (Bliznyuk et al. 2008)."""
    mass, diffusion, place, tau = x.T
    outputs = []
    for s in (1.0, 2.5):
        for t in (40.1, 50.0, 60.0):
            first = mass / sqrt(4 * pi * diffusion * t) * exp(-s * s / (4 * diffusion * t))
            since = np.maximum(t - tau, 1e-9)
            second = np.where(t > tau, mass / sqrt(4 * pi * diffusion * since) * exp(-(s - place) ** 2 / (4 * diffusion * since)), 0)
            outputs.append(sqrt(4 * pi) * (first + second))
    return np.array(outputs).T


FUNCTIONS = {  # and lower and upper bounds, and the seed of the rows
    "borehole": (borehole, [0.05, 100, 63070, 990, 63.1, 700, 1120, 9855], [0.15, 50000, 115600, 1110, 116, 820, 1680, 12045], 100),
    "otl": (otl, [50, 25, 0.5, 1.2, 0.25, 50], [150, 70, 3, 2.5, 1.2, 300], 101),
    "piston": (piston, [30, 0.005, 0.002, 1000, 90000, 290, 340], [60, 0.020, 0.010, 5000, 110000, 296, 360], 102),
    "wing": (wing, [150, 220, 6, -10, 16, 0.5, 0.08, 2.5, 1700, 0.025], [200, 300, 10, 10, 45, 1, 0.18, 6, 2500, 0.08], 103),
    "ishigami": (ishigami, [-pi] * 3, [pi] * 3, 104),
    "friedman": (friedman, [0] * 10, [1] * 10, 105),
    "franke": (franke, [0] * 2, [1] * 2, 106),
    "robot": (robot, [0] * 8, [2 * pi] * 4 + [1] * 4, 107),
    "branin": (branin, [-5, 0], [10, 15], 108),
    "sobol-g": (sobol_g, [0] * 8, [1] * 8, 109),
    "welch": (welch, [0] * 20, [1] * 20, 111),
    "spill": (spill, [7, 0.02, 0.01, 30.01], [13, 0.12, 3, 30.295], 112),
}
TRAINING_ROWS, TEST_ROWS = 400, 500

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("function", choices=FUNCTIONS)
parser.add_argument("out")
parser.add_argument("--noise", type=float, default=0)
options = parser.parse_args()

function, lower, upper, seed = FUNCTIONS[options.function]
random, lower, upper = np.random.default_rng(seed), np.array(lower, float), np.array(upper, float)
x = lower + (upper - lower) * random.random((TRAINING_ROWS + TEST_ROWS, len(lower)))
y = function(x).reshape(len(x), -1)
y = y + options.noise * y.std(0) * random.standard_normal(y.shape)
with open(options.out, "w", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([f"x{k + 1}" for k in range(x.shape[1])] + [f"y{k + 1}" for k in range(y.shape[1])] + ["fold"])
    for n in range(len(x)):
        writer.writerow([f"{value:.8g}" for value in (*x[n], *y[n])] + [1 if n < TRAINING_ROWS else 0])
