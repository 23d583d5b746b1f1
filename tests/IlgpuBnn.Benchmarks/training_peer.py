"""The SVGD training of "ilgpubnn bench --whole" in plain NumPy, single precision: 500 rows of which 50 are held out, one hidden layer, precisions shared by all outputs and
weights; every 25 iterations log density, gradient norm, spread, Stein-identity ratio, and the score of the held-out rows. Prints seconds.

    python3 tests/IlgpuBnn.Benchmarks/training_peer.py --particles 50 --hidden 50 --iterations 200
"""
import argparse
import math
import time

import numpy as np

INPUTS, OUTPUTS, ROWS, HELD_OUT, STEP, EVERY = 8, 15, 500, 50, 0.01, 25
SHAPE, RATE = 1.0, 0.1


class Training:
    def __init__(self, particles, hidden, relu):
        random = np.random.default_rng(0)
        x = random.standard_normal((ROWS, INPUTS)).astype(np.float32)
        y = (np.sin(x @ random.standard_normal((INPUTS, OUTPUTS))) + 0.05 * random.standard_normal((ROWS, OUTPUTS))).astype(np.float32)
        self.x, self.y, self.new_x, self.new_y = x[HELD_OUT:], y[HELD_OUT:], x[:HELD_OUT], y[:HELD_OUT]
        self.particles, self.hidden, self.relu = particles, hidden, relu
        self.ends = np.cumsum([INPUTS * hidden, hidden, hidden * OUTPUTS, OUTPUTS])
        self.weights = int(self.ends[-1])
        self.theta = random.standard_normal((particles, self.weights + 2)).astype(np.float32) / math.sqrt(max(INPUTS, hidden))
        self.theta[:, self.weights:] = 0
        self.first, self.second = np.zeros_like(self.theta), np.zeros_like(self.theta)

    def forward(self, x):
        own = np.split(self.theta, self.ends, axis=1)
        w1, w2 = own[0].reshape(-1, INPUTS, self.hidden), own[2].reshape(-1, self.hidden, OUTPUTS)
        sums = x @ w1 + own[1][:, None]
        units = np.maximum(sums, 0) if self.relu else np.tanh(sums)
        return units, w2, units @ w2 + own[3][:, None]

    def gradient(self):
        noise, weight = np.exp(self.theta[:, self.weights]), np.exp(self.theta[:, self.weights + 1])
        units, w2, outputs = self.forward(self.x)
        residuals = self.y - outputs
        by_outputs = noise[:, None, None] * residuals
        by_sums = by_outputs @ w2.transpose(0, 2, 1)
        by_sums *= (units > 0) if self.relu else (1 - units * units)
        w = self.theta[:, :self.weights]
        squares, squared_weights = np.square(residuals).sum((1, 2)), np.square(w).sum(1)
        count = self.y.size
        gradient = np.empty_like(self.theta)
        parts = np.split(gradient, self.ends, axis=1)
        parts[0][:] = (self.x.T @ by_sums).reshape(len(w), -1)
        parts[1][:] = by_sums.sum(1)
        parts[2][:] = (units.transpose(0, 2, 1) @ by_outputs).reshape(len(w), -1)
        parts[3][:] = by_outputs.sum(1)
        gradient[:, :self.weights] -= weight[:, None] * w
        gradient[:, self.weights] = count / 2 - noise / 2 * squares + SHAPE - RATE * noise
        gradient[:, self.weights + 1] = self.weights / 2 - weight / 2 * squared_weights + SHAPE - RATE * weight
        density = (
            count / 2 * np.log(noise) - noise / 2 * squares + self.weights / 2 * np.log(weight) - weight / 2 * squared_weights
            + SHAPE * np.log(noise) - RATE * noise + SHAPE * np.log(weight) - RATE * weight)
        return gradient, density

    def step(self, iteration):
        gradient, density = self.gradient()
        before = self.theta
        squares = np.square(self.theta).sum(1)
        distances = np.maximum(squares[:, None] + squares - 2 * self.theta @ self.theta.T, 0)
        bandwidth = np.median(distances[np.triu_indices(self.particles, 1)]) / math.log(self.particles)
        kernel = np.exp(-distances / bandwidth)
        direction = (kernel @ gradient + 2 / bandwidth * (kernel.sum(1, keepdims=True) * self.theta - kernel @ self.theta)) / self.particles
        self.first = 0.9 * self.first + 0.1 * direction
        self.second = 0.999 * self.second + 0.001 * direction * direction
        corrected = self.first / (1 - 0.9 ** iteration) / (np.sqrt(self.second / (1 - 0.999 ** iteration)) + 1e-8)
        self.theta = self.theta + np.float32(STEP) * corrected
        return before, gradient, density

    def evaluate(self, before, gradient, density):
        deviations = self.theta - self.theta.mean(0)
        spread = math.sqrt(np.square(deviations).sum() / self.particles)
        ratio = -((before - before.mean(0)) * gradient).sum() / self.particles / self.theta.shape[1]
        noise = np.exp(self.theta[:, self.weights])[:, None, None]
        _, _, outputs = self.forward(self.new_x)
        logs = 0.5 * np.log(noise / (2 * math.pi)) - noise / 2 * np.square(self.new_y - outputs)
        highest = logs.max(0)
        score = (highest + np.log(np.exp(logs - highest).mean(0))).mean()
        return density.mean(), math.sqrt(np.square(gradient).sum(1).mean()), spread, ratio, score


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--particles", type=int, default=10)
    parser.add_argument("--hidden", type=int, default=50)
    parser.add_argument("--iterations", type=int, default=200)
    parser.add_argument("--activation", choices=["relu", "tanh"], default="relu")
    options = parser.parse_args()
    began = time.perf_counter()
    training = Training(options.particles, options.hidden, options.activation == "relu")
    best = -math.inf
    for iteration in range(1, options.iterations + 1):
        step = training.step(iteration)
        if iteration % EVERY == 0 or iteration == options.iterations:
            *_, score = training.evaluate(*step)
            best = max(best, score)
    print(f"{time.perf_counter() - began:.4f} s, best score of held-out rows {best:.4f}")


if __name__ == "__main__":
    main()
