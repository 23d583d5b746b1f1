"""Small tables for tests, and options with which a training takes a fraction of a second."""

import os

import numpy as np

REPOSITORY = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
QUICK = {"particles": 8, "folds": 4, "max_iterations": 100, "network": "dense(8,tanh)", "select_encodings": False}


def table(rows=60, inputs=3, targets=1, seed=1):
    """Uniform inputs between .1 and 1; smooth targets, of which the second spans decades and the third is cut off at 0."""
    random = np.random.default_rng(seed)
    X = random.uniform(0.1, 1, (rows, inputs))
    y = np.column_stack([np.sin(4 * X[:, 0]) + X[:, 1], np.exp(4 * X[:, 0] + X[:, 1]), np.maximum(0, X[:, 1] - 0.5)])[:, :targets]
    return X, y + 0.02 * random.normal(size=y.shape) * y.std(axis=0) if targets > 1 else (y + 0.02 * random.normal(size=y.shape))[:, 0]


def missing(*modules):
    """Which of some modules are not installed; "" for none."""
    import importlib.util

    return ", ".join(name for name in modules if importlib.util.find_spec(name) is None)
