"""Bayesian neural networks as surrogates of expensive simulations: predictions that say how sure they are.

>>> from ilgpubnn import Surrogate
>>> surrogate = Surrogate(seed=1).fit(X, y)
>>> mean, std = surrogate.predict(X_new, return_std=True)
"""

from ._native import InvalidInputError, ModelFileError, OutOfMemoryError, SurrogateError, TrainingCancelled, TrainingDivergedError
from ._version import __version__
from .surrogate import Surrogate

__all__ = ["InvalidInputError", "ModelFileError", "OutOfMemoryError", "Surrogate", "SurrogateError", "TrainingCancelled", "TrainingDivergedError", "__version__"]
