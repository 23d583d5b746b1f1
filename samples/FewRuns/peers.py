#!/usr/bin/env python3
"""What most people would build instead: scikit-learn's Gaussian process (a length for each input, Matern 5/2, white noise; one for each target) and
random forest (300 trees, spread of its trees' predictions as Gaussian), scored as samples/FewRuns scores ours.

    python3 samples/FewRuns/peers.py selm-usmoz.csv --inputs 8 --sizes 50,100,300 --seeds 5

The last 100 rows are the test rows, or those whose --fold-column is 0 or "test"; training rows are drawn from the others. Prints lines for data/peers.csv:
medians over targets, then over seeds; CRPS and log score in standard deviations of the training rows; seconds on one thread.
"""
import argparse
import csv
import os
import time
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
from scipy.linalg import cho_solve, cholesky
from scipy.stats import norm
from sklearn.ensemble import RandomForestRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

TEST_ROWS = 100


class MaternGaussianProcess(GaussianProcessRegressor):
    """scikit-learn's, with the gradient of its likelihood by products of matrices: its own holds a matrix of rows by rows for each input."""

    def log_marginal_likelihood(self, theta=None, eval_gradient=False, clone_kernel=True):
        if not eval_gradient:
            return super().log_marginal_likelihood(theta, eval_gradient, clone_kernel)
        variance, lengths, noise = np.exp(theta[0]), np.exp(theta[1:-1]), np.exp(theta[-1])
        x, y = self.X_train_ / lengths, self.y_train_
        squares = (x * x).sum(1)
        r = np.sqrt(5 * np.maximum(squares[:, None] + squares - 2 * x @ x.T, 0))
        decay = np.exp(-r)
        correlation = (1 + r + r * r / 3) * decay
        covariance = variance * correlation
        covariance[np.diag_indices_from(covariance)] += noise + self.alpha
        try:
            factor = cholesky(covariance, lower=True, check_finite=False)
        except np.linalg.LinAlgError:
            return -np.inf, np.zeros_like(theta)
        weights = cho_solve((factor, True), y, check_finite=False)
        inner = np.outer(weights, weights) - cho_solve((factor, True), np.eye(len(y)), check_finite=False)
        # d k / d ln length_d = 5/3 (1 + r) exp(-r) (difference_d / length_d)^2, with r = sqrt(5) times the distance.
        slope = inner * (variance * 5 / 3 * (1 + r) * decay)
        of_lengths = slope.sum(1) @ (x * x) - (x * (slope @ x)).sum(0)
        gradient = np.concatenate(([0.5 * variance * (inner * correlation).sum()], of_lengths, [0.5 * noise * inner.trace()]))
        value = -0.5 * y @ weights - np.log(factor.diagonal()).sum() - 0.5 * len(y) * np.log(2 * np.pi)
        return value, gradient


def gaussian_process(x, y, new, seed):
    kernel = ConstantKernel(1.0, (1e-3, 1e3)) * Matern(np.ones(x.shape[1]), (1e-2, 1e3), nu=2.5) + WhiteKernel(1e-2, (1e-8, 1e1))
    model = MaternGaussianProcess(kernel, n_restarts_optimizer=1, random_state=seed).fit(x, y)
    return model.predict(new, return_std=True)


def random_forest(x, y, new, seed):
    model = RandomForestRegressor(300, random_state=seed).fit(x, y)
    each = np.stack([tree.predict(new) for tree in model.estimators_])
    return each.mean(0), np.maximum(each.std(0), 1e-6)


def scores(observed, mean, deviation):
    z = (observed - mean) / deviation
    crps = deviation * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
    return (
        1 - np.square(observed - mean).sum() / np.square(observed - observed.mean()).sum(), crps.mean(),
        (norm.logpdf(z) - np.log(deviation)).mean(), (abs(z) < norm.ppf(0.95)).mean(), (abs(z) < norm.ppf(0.975)).mean(),
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv")
    parser.add_argument("--inputs", type=int, default=8, help="number of leading columns that are inputs")
    parser.add_argument("--targets", help="names of the targets, with commas between them; default: all other columns")
    parser.add_argument("--fold-column", help='column that is 0 or "test" for test rows')
    parser.add_argument("--sizes", default="0", help="numbers of training rows; 0 for all")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--per-target", action="store_true", help="print a line for each target, too (medians over seeds)")
    parser.add_argument("--models", default="gaussian process,random forest")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    with open(options.csv, newline="") as file:
        header, *rows = csv.reader(file)
    fold = header.index(options.fold_column) if options.fold_column else None
    is_test = np.arange(len(rows)) >= len(rows) - TEST_ROWS if fold is None else np.array([row[fold] in ("0", "test") for row in rows])
    data = np.array([[cell if column != fold else 0 for column, cell in enumerate(row)] for row in rows], float)
    names = options.targets.split(",") if options.targets else [name for name in header[options.inputs:] if name != options.fold_column]
    inputs, targets = data[:, :options.inputs], data[:, [header.index(name) for name in names]]
    pool = np.flatnonzero(~is_test)
    for size in (int(text) or len(pool) for text in options.sizes.split(",")):
        for name in options.models.split(","):
            predict = {"gaussian process": gaussian_process, "random forest": random_forest}[name]
            of_seeds, of_all, seconds = [], [], []
            for seed in range(options.seeds):
                own = np.random.default_rng(seed).permutation(pool)[:size]
                x_mean, x_scale = inputs[own].mean(0), inputs[own].std(0)
                y_mean, y_scale = targets[own].mean(0), targets[own].std(0)
                x, new = (inputs[own] - x_mean) / x_scale, (inputs[is_test] - x_mean) / x_scale
                y, observed = (targets[own] - y_mean) / y_scale, (targets[is_test] - y_mean) / y_scale
                began = time.process_time()
                of_targets = [scores(observed[:, o], *predict(x, y[:, o], new, seed)) for o in range(len(names))]
                seconds.append(time.process_time() - began)
                of_seeds.append(np.median(of_targets, 0))
                of_all.append(of_targets)
            r2, crps, log_score, coverage90, coverage95 = np.median(of_seeds, 0)
            print(
                f"{os.path.basename(options.csv)},{len(names)},{size},{name},{options.seeds},{r2:.3f},{crps:.4f},{log_score:.3f},"
                f"{coverage90:.3f},{coverage95:.3f},{np.mean(seconds):.2f}", flush=True)
            for target, each in zip(names, np.median(of_all, 0) if options.per_target else []):
                print(f"# {target}: R2 {each[0]:.3f}, CRPS/sd {each[1]:.4f}, log score {each[2]:.3f}, 95 % intervals hold {each[4]:.3f}", flush=True)


if __name__ == "__main__":
    main()
