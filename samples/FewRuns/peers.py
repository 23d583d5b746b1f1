#!/usr/bin/env python3
"""What most people would build instead: scikit-learn's Gaussian process (a length for each input, Matern 5/2, white noise; one for each target),
random forest (300 trees, spread of its trees' predictions as Gaussian) and ridge regression (penalty and spread by leaving out one row), scored as
samples/FewRuns scores ours.

    python3 samples/FewRuns/peers.py selm-usmoz.csv --inputs 8 --sizes 50,100,300 --seeds 5

    python3 samples/FewRuns/peers.py DIR/yacht.csv DIR/boston.csv --splits          # samples/UciBenchmark's sets

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
from sklearn.linear_model import RidgeCV

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
        1 - np.square(observed - mean).sum() / np.square(observed - observed.mean()).sum(), np.sqrt(np.square(observed - mean).mean()), crps.mean(),
        (norm.logpdf(z) - np.log(deviation)).mean(), (abs(z) < norm.ppf(0.95)).mean(), (abs(z) < norm.ppf(0.975)).mean(),
    )


def ridge(x, y, new, seed):
    model = RidgeCV(np.logspace(-3, 4, 30)).fit(x, y)
    return model.predict(new), np.full(len(new), np.sqrt(-model.best_score_))


MODELS = {"gaussian process": gaussian_process, "random forest": random_forest, "ridge": ridge}


def scored(model, inputs, targets, own, parts, seed):
    """Of each part of the rows and each target what scores() gives, in standard deviations of the training rows, and these."""
    x_mean, x_scale = inputs[own].mean(0), inputs[own].std(0)
    y_mean, y_scale = targets[own].mean(0), targets[own].std(0)
    x_scale[x_scale == 0] = 1
    x, y, rows = (inputs[own] - x_mean) / x_scale, (targets[own] - y_mean) / y_scale, np.concatenate(parts)
    new, observed = (inputs[rows] - x_mean) / x_scale, (targets[rows] - y_mean) / y_scale
    predictions = [MODELS[model](x, y[:, o], new, seed) for o in range(targets.shape[1])]
    ends = np.cumsum([0] + [len(part) for part in parts])
    return [
        [scores(observed[a:b, o], mean[a:b], deviation[a:b]) for o, (mean, deviation) in enumerate(predictions)] for a, b in zip(ends, ends[1:])
    ], y_scale


def few_runs(options, table, inputs, targets, names, is_test, left_out, column):
    pool, parts = np.flatnonzero(~is_test), {"": np.flatnonzero(is_test)}
    if column is not None:
        values = inputs[:, column]
        below = values < values.min() + 0.2 * np.ptp(values)
        pool, parts = pool[~below[pool]], {" within": np.flatnonzero(is_test & ~below), f" {left_out} below": np.flatnonzero(below)}
    for size in (int(text) or len(pool) for text in options.sizes.split(",")):
        for model in options.models.split(","):
            began, results = time.process_time(), []
            for seed in range(options.seeds):
                results.append(scored(model, inputs, targets, np.random.default_rng(seed).permutation(pool)[:size], [*parts.values()], seed)[0])
            seconds = (time.process_time() - began) / options.seeds
            for k, kind in enumerate(parts):
                of_seeds = [result[k] for result in results]
                r2, _, crps, log_score, coverage90, coverage95 = np.median(np.median(of_seeds, 1), 0)
                print(
                    f"{table},{len(names)},{size},{model}{kind},{options.seeds},{r2:.3f},{crps:.4f},{log_score:.3f},{coverage90:.3f},{coverage95:.3f},{seconds:.2f}",
                    flush=True)
                for target, each in zip(names, np.median(of_seeds, 0) if options.per_target else []):
                    print(f"# {target}: R2 {each[0]:.3f}, CRPS/sd {each[2]:.4f}, log score {each[3]:.3f}, 95 % intervals hold {each[5]:.3f}", flush=True)


def given_splits(options, table, inputs, targets, path):
    """Mean and standard error over splits, in the target's unit."""
    with open(path) as file:
        splits = [np.array(line.split(), int) for line in file if line.strip()]
    for model in options.models.split(","):
        began, results = time.process_time(), []
        for split, rows in enumerate(splits):
            own = np.setdiff1d(np.arange(len(inputs)), rows)
            (((_, rmse, crps, log_score, _, coverage95),),), (scale,) = scored(model, inputs, targets, own, [rows], split)
            results.append((rmse * scale, log_score - np.log(scale), crps * scale, coverage95))
        seconds = (time.process_time() - began) / len(splits)
        mean, error = np.mean(results, 0), np.std(results, 0, ddof=1) / np.sqrt(len(results))
        print(
            f"{table[:-4]},{model},{len(splits)}," + ",".join(f"{a:.4f},{b:.4f}" for a, b in zip(mean, error)) + f",{seconds:.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", nargs="+")
    parser.add_argument("--inputs", type=int, default=8, help="number of leading columns that are inputs")
    parser.add_argument("--targets", help="names of the targets, with commas between them; default: all other columns")
    parser.add_argument("--fold-column", help='column that is 0 or "test" for test rows')
    parser.add_argument("--left-out", default="", help="inputs, with commas between them: train above the lowest fifth of each in turn, test below and on test rows above")
    parser.add_argument("--splits", action="store_true", help="as samples/UciBenchmark: the last column is the target, and NAME.splits.txt has the test rows of a split in each line")
    parser.add_argument("--sizes", default="0", help="numbers of training rows; 0 for all")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--per-target", action="store_true", help="print a line for each target, too (medians over seeds)")
    parser.add_argument("--models", default="gaussian process,random forest", help=f"default: %(default)s; there are {', '.join(MODELS)}")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    for path in options.csv:
        study(options, path)


def study(options, path):
    with open(path, newline="") as file:
        header, *rows = csv.reader(file)
    fold = header.index(options.fold_column) if options.fold_column else None
    is_test = np.arange(len(rows)) >= len(rows) - TEST_ROWS if fold is None else np.array([row[fold] in ("0", "test") for row in rows])
    columns = [column for column in range(len(header)) if column != fold]
    header, data = [header[column] for column in columns], np.array([[row[column] for column in columns] for row in rows], float)
    table = os.path.basename(path)
    if options.splits:
        return given_splits(options, table, data[:, :-1], data[:, -1:], path[:-4] + ".splits.txt")
    names = options.targets.split(",") if options.targets else header[options.inputs:]
    inputs, targets = data[:, :options.inputs], data[:, [header.index(name) for name in names]]
    for left_out in options.left_out.split(","):
        few_runs(options, table, inputs, targets, names, is_test, left_out, header.index(left_out) if left_out else None)


if __name__ == "__main__":
    main()
