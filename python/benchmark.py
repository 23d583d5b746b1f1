"""How long predictions take from Python: python3 python/benchmark.py. The best of many calls, as other programs only ever slow one down."""

import sys
import tempfile
import time

import numpy as np

from ilgpubnn import Surrogate, numpy_only


def best(call, seconds=3.0):
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return f"{min(times) * 1e6:12,.0f} us"


random = np.random.default_rng(0)
X = random.uniform(size=(10_000, 8))
start = time.perf_counter()
surrogate = Surrogate(network="dense(20,silu) dense(50,silu)", max_iterations=600).fit(X[:300], np.sin(3 * X[:300, 0]) + X[:300, 1])
print(f"training on 300 rows, 600 iterations, 40 networks: {time.perf_counter() - start:.2f} s; Python {sys.version.split()[0]}, NumPy {np.__version__}")
with tempfile.TemporaryDirectory() as folder:
    surrogate.save(f"{folder}/own.safetensors")
    alone = numpy_only.load(f"{folder}/own.safetensors")
for name, model in (("Surrogate", surrogate), ("numpy_only", alone)):
    print(f"{name:10} 10,000 rows, mean and std  {best(lambda: model.predict(X, return_std=True))}")
    print(f"{name:10} 10,000 rows, 2 quantiles   {best(lambda: model.quantile(X, [0.05, 0.95]))}")
    print(f"{name:10}      1 row,  mean and std  {best(lambda: model.predict(X[:1], return_std=True))}")
