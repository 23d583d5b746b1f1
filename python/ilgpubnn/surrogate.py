"""The estimator. It follows scikit-learn's conventions and does not import it."""

import inspect
import json
import os
import tempfile

import numpy as np

from . import _native


class Surrogate:
    """A Bayesian neural network, trained on a table of runs, that predicts with uncertainties.

    Every option is a keyword, and None is the library's own default (docs/command-line.md describes them).

    Parameters
    ----------
    method : "anchored" (default; calibrated on out-of-fold rows), "svgd", "independent" or "deterministic".
    particles : networks in the ensemble; default 40.
    network : hidden layers, such as "dense(20,silu) dense(50,tanh) skip".
    seed : the same seed gives the same model.
    max_iterations, batch_size, step_size : of the training.
    optimizer : "adam" (default), or "momentum", whose step size must suit the table.
    folds : cross-validation folds of the method "anchored".
    degrees_of_freedom : of Student's t noise, such as 4, where there are outliers; default Gaussian noise.
    transforms : dict of target name to "log", "sqrt", "logit", "yeo-johnson" or "none".
    log_inputs, categories : names of inputs whose logarithm is used, or whose numbers only name a category.
    select_encodings : whether out-of-fold rows may choose transforms, logarithms and categories of other columns; default True.
    components : "auto" or a number of principal components of hundreds of targets or more.
    positive : names of targets that are at least 0.
    limits : dict of target name to (lower, upper), one of which may be None; predictions keep them exactly.
    monotone : dict of target name to names of inputs that it never falls with, or, as "-frost", never rises with.
    sums : list of (dict of target name to factor, total), such as ({"sand": 1, "silt": 1, "clay": 1}, 100): sums that are fixed.

    Without column names inputs are x1, x2, ... and targets y1, y2, ...

    Attributes
    ----------
    n_features_in_, feature_names_in_ : inputs; the names are there if the table or the model file had some.
    target_names_ : list of names.
    description_ : dict with ranges of the inputs, scores on unseen rows, iterations, notes and more.
    """

    _estimator_type = "regressor"

    def __init__(
        self, *, method="anchored", particles=None, network=None, seed=0, max_iterations=None, batch_size=None, step_size=None, folds=None,
        degrees_of_freedom=None, transforms=None, log_inputs=None, categories=None, select_encodings=True, components=None,
        optimizer=None, positive=None, limits=None, monotone=None, sums=None,
    ):
        self.method = method
        self.particles = particles
        self.network = network
        self.seed = seed
        self.max_iterations = max_iterations
        self.batch_size = batch_size
        self.step_size = step_size
        self.folds = folds
        self.degrees_of_freedom = degrees_of_freedom
        self.transforms = transforms
        self.log_inputs = log_inputs
        self.categories = categories
        self.select_encodings = select_encodings
        self.components = components
        self.optimizer = optimizer
        self.positive = positive
        self.limits = limits
        self.monotone = monotone
        self.sums = sums

    def fit(self, X, y, groups=None, progress=None):
        """Trains on a table of runs.

        X : [row, input], numbers; or a data frame, whose columns of texts are categories.
        y : [row] or [row, target], nan where missing; a frame or series names the targets.
        groups : [row]; rows with the same label, such as the time steps of one run, stay together in cross-validation.
        progress : called with (iterations done, iterations at most, best score so far or nan). Ctrl-C, and whatever it raises, stops the training.
        """
        names, inputs, levels = _read_inputs(X)
        target_names, targets = _read_targets(y, len(inputs))
        _require_finite(inputs, names or [f"x{i + 1}" for i in range(inputs.shape[1])])
        if len(inputs) == 1:
            raise _native.InvalidInputError("n_samples=1: training needs at least 3 rows. Add runs.")
        if np.isinf(targets).any():
            raise _native.InvalidInputError("Input y contains infinity or a value too large for dtype('float64'). A missing target is nan.")
        options = {name: _plain(value) for name, value in self.get_params().items()}
        options.update(input_names=names, target_names=target_names, levels=levels)
        if groups is not None:
            options["groups"] = _codes(groups, len(inputs))
        model = _native.fit(inputs, targets, json.dumps({name: value for name, value in options.items() if value is not None}), progress)
        self._take(model, names is not None)
        self._one_target = _array_of(y).ndim == 1
        return self

    def predict(self, X, return_std=False, return_aleatoric_std=False):
        """Best guess of each row, raw units; with return_std also the standard deviation of a new measurement, with return_aleatoric_std the part of it that is noise.

        Each as y was: [row] or [row, target]. The variance is the sum of noise and of the networks' disagreement, which more runs would lower.
        """
        results = self._model_or_raise().predict(self._inputs(X), len(self.target_names_), return_std, return_aleatoric_std)
        found = tuple(self._shaped(own) for own in results if own is not None)
        return found if len(found) > 1 else found[0]

    def quantile(self, X, q):
        """Quantiles of new measurements: for a number q shaped like predictions, for several [probability, ...]."""
        probabilities = np.ascontiguousarray(np.atleast_1d(np.asarray(q, dtype=float)))
        found = self._shaped(self._model_or_raise().quantiles(self._inputs(X), len(self.target_names_), probabilities))
        return found[0] if np.ndim(q) == 0 else found

    def sample(self, X, n=1, seed=0):
        """Draws from the predictive distribution: [draw, row] or [draw, row, target].

        Each draw is one network's function for all rows and targets, plus independent noise. The same seed gives the same draws.
        """
        if n < 1:
            raise _native.InvalidInputError(f"n is {n}; it must be at least 1.")
        return self._shaped(self._model_or_raise().sample(self._inputs(X), len(self.target_names_), int(n), int(seed)))

    def score(self, X, y, sample_weight=None):
        """R2, averaged over targets; rows without a target do not count."""
        _, observed = _read_targets(y, None)
        predicted = np.reshape(self.predict(X), observed.shape)
        weight = np.broadcast_to(np.ones(len(observed)) if sample_weight is None else np.asarray(sample_weight, dtype=float), len(observed))[:, None]
        weight = np.where(np.isnan(observed), 0, weight)
        mean = np.nansum(weight * np.nan_to_num(observed), axis=0) / weight.sum(axis=0)
        error = np.nansum(weight * (observed - predicted) ** 2, axis=0)
        return float(np.mean(1 - error / np.nansum(weight * (observed - mean) ** 2, axis=0)))

    def save(self, path):
        """Writes a model file (.safetensors), which the command ilgpubnn and the .NET library read too."""
        self._model_or_raise().save(path)

    @classmethod
    def load(cls, path):
        """Reads a model file, whatever wrote it."""
        model = _native.Model.load(path)
        description = json.loads(model.describe())
        surrogate = cls(**{name: description[name] for name in ("method", "particles", "network", "seed")})
        surrogate._take(model, True)
        surrogate._one_target = len(surrogate.target_names_) == 1
        return surrogate

    def get_params(self, deep=True):
        """The options, by name."""
        return {name: getattr(self, name) for name in _OPTIONS}

    def set_params(self, **params):
        """Sets options, by name."""
        for name, value in params.items():
            if name not in _OPTIONS:
                raise _native.InvalidInputError(f'Invalid parameter "{name}" for {type(self).__name__}. The parameters are {", ".join(_OPTIONS)}.')
            setattr(self, name, value)
        return self

    def __repr__(self):
        given = (f"{name}={getattr(self, name)!r}" for name, option in _OPTIONS.items() if getattr(self, name) != option.default)
        return f"{type(self).__name__}({', '.join(given)})"

    def __getstate__(self):
        """For pickle: the model as the bytes of its file."""
        state = self.__dict__.copy()
        if "_model" in state:
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "model.safetensors")
                state["_model"].save(path)
                with open(path, "rb") as file:
                    state["_model"] = file.read()
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)
        if "_model" in state:
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "model.safetensors")
                with open(path, "wb") as file:
                    file.write(state["_model"])
                self._model = _native.Model.load(path)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_model")

    def _more_tags(self):
        """What scikit-learn up to 1.5 wants to know."""
        return {"multioutput": True}

    def __sklearn_tags__(self):
        """What scikit-learn from 1.6 on wants to know."""
        from sklearn.utils import RegressorTags, Tags, TargetTags

        return Tags(estimator_type="regressor", target_tags=TargetTags(required=True, multi_output=True), regressor_tags=RegressorTags())

    def _take(self, model, named):
        self._model = model
        self.description_ = json.loads(model.describe())
        columns = self.description_["inputs"]
        self.n_features_in_ = len(columns)
        self.target_names_ = [target["name"] for target in self.description_["targets"]]
        vars(self).pop("feature_names_in_", None)
        if named:
            self.feature_names_in_ = np.array([column["name"] for column in columns], dtype=object)

    def _model_or_raise(self):
        if not hasattr(self, "_model"):
            raise _not_fitted(f"This {type(self).__name__} instance is not fitted yet. Call fit, or load a model file, first.")
        return self._model

    def _inputs(self, X):
        columns = self.description_["inputs"]
        return _require_finite(_aligned(X, columns, hasattr(self, "feature_names_in_")), [own["name"] for own in columns])

    def _shaped(self, values):
        return values[..., 0] if self._one_target else values


_OPTIONS = {name: own for name, own in inspect.signature(Surrogate.__init__).parameters.items() if name != "self"}


def _not_fitted(message):
    """scikit-learn's own exception where it is in use, so that its tools know it."""
    import sys

    exceptions = sys.modules.get("sklearn.exceptions")
    return exceptions.NotFittedError(message) if exceptions is not None else _native.InvalidInputError(message)


def _plain(value):
    """What JSON can hold: numpy's numbers and arrays as Python's."""
    if isinstance(value, dict):
        return {str(key): _plain(own) for key, own in value.items()}
    if isinstance(value, (list, tuple, set, np.ndarray)):
        return [_plain(own) for own in value]
    return value.item() if isinstance(value, np.generic) else value


def _is_frame(table):
    return hasattr(table, "columns") and hasattr(table, "iloc")


def _is_text(column):
    return column.dtype.kind in "OUS" or str(column.dtype) in ("category", "string", "str")


def _numbers(values, what):
    """Contiguous doubles of two dimensions."""
    if hasattr(values, "toarray") and hasattr(values, "nnz"):
        raise TypeError(f"{what} is a sparse matrix, and a dense one is needed. Use {what}.toarray().")
    array = np.asarray(values)
    if array.dtype.kind == "c":
        raise _native.InvalidInputError(f"{what} has complex numbers. Complex data not supported: give real ones.")
    remedy = "Give numbers, or a data frame, whose columns of texts are categories."
    try:
        array = array.astype(float)
    except ValueError as error:
        raise _native.InvalidInputError(f"{what} has values that are no numbers ({error}). {remedy}") from error
    except TypeError as error:
        raise TypeError(f"{what} has values that are no numbers ({error}). {remedy}") from error
    if array.ndim != 2:
        raise _native.InvalidInputError(
            f"{what} has {array.ndim} dimensions, and 2 are needed: rows and columns. Reshape your data: X.reshape(-1, 1) for one column, X.reshape(1, -1) for one row."
        )
    if 0 in array.shape:
        raise _native.InvalidInputError(f"{what} has {array.shape[0]} sample(s) and {array.shape[1]} feature(s) (shape={array.shape}) while a minimum of 1 is required.")
    return np.ascontiguousarray(array)


def _require_finite(inputs, names):
    """As the library does, in the words of Python."""
    wrong = np.argwhere(~np.isfinite(inputs))
    if len(wrong) > 0:
        row, i = wrong[0]
        raise _native.InvalidInputError(
            f'X contains NaN or infinity: column "{names[i]}" is {inputs[row, i]} in row {row + 1}. Fill in the value, or remove the row.'
        )
    return inputs


def _read_inputs(X):
    """Names or None, numbers, and levels by column of texts."""
    if not _is_frame(X):
        return None, _numbers(X, "X"), None
    names = [str(name) for name in X.columns] if all(isinstance(name, str) for name in X.columns) else None
    inputs, levels = np.empty(X.shape), {}
    for i, _ in enumerate(X.columns):
        column = X.iloc[:, i]
        if _is_text(column):
            texts = _texts(column)
            own = sorted(set(texts))
            inputs[:, i] = _indices(texts, own, column.name)
            levels[names[i] if names else f"x{i + 1}"] = own
        else:
            inputs[:, i] = column.to_numpy(dtype=float, na_value=np.nan)
    return names, _numbers(inputs, "X"), levels or None


def _aligned(X, columns, named):
    """Numbers in the order of the model's inputs, found by name in a frame."""
    if not _is_frame(X):
        inputs = _numbers(X, "X")
        if inputs.shape[1] != len(columns):
            raise _native.InvalidInputError(
                f"X has {inputs.shape[1]} features, but Surrogate is expecting {len(columns)} features as input: {_listed([own['name'] for own in columns])}."
            )
        return inputs
    if named:
        missing = [own["name"] for own in columns if own["name"] not in X.columns]
        if missing:
            raise _native.InvalidInputError(f"The frame lacks {_listed(missing)}. Its columns are {_listed(X.columns)}.")
    elif X.shape[1] != len(columns):
        raise _native.InvalidInputError(f"X has {X.shape[1]} features, but Surrogate is expecting {len(columns)} features as input.")
    inputs = np.empty((len(X), len(columns)))
    for i, own in enumerate(columns):
        column = X[own["name"]] if named else X.iloc[:, i]
        texts = [level for level in own.get("levels", []) if isinstance(level, str)]
        if texts:
            inputs[:, i] = _indices(_texts(column), texts, own["name"])
        elif _is_text(column):
            inputs[:, i] = _numbers(column.to_numpy()[:, None], f'Column "{own["name"]}"')[:, 0]
        else:
            inputs[:, i] = column.to_numpy(dtype=float, na_value=np.nan)
    return _numbers(inputs, "X")


def _texts(column):
    missing = np.flatnonzero(column.isna().to_numpy())
    if len(missing) > 0:
        raise _native.InvalidInputError(f'Column "{column.name}" is missing in row {missing[0] + 1}. Fill in the value, or remove the row.')
    return [str(value) for value in column]


def _indices(texts, levels, name):
    index = {level: k for k, level in enumerate(levels)}
    for row, value in enumerate(texts):
        if value not in index:
            raise _native.InvalidInputError(f'Column "{name}", row {row + 1}: "{value}" is none of the levels that the model was trained on: {_listed(levels)}.')
    return [index[value] for value in texts]


def _array_of(y):
    return y.to_numpy() if hasattr(y, "to_numpy") else np.asarray(y)


def _read_targets(y, rows):
    """Names or None, and numbers [row, target]."""
    if y is None:
        raise _native.InvalidInputError("This Surrogate estimator requires y to be passed, but the target y is None.")
    names = [str(name) for name in y.columns] if _is_frame(y) and all(isinstance(name, str) for name in y.columns) else None
    if not _is_frame(y) and isinstance(getattr(y, "name", None), str):
        names = [y.name]
    targets = _array_of(y)
    targets = _numbers(targets[:, None] if targets.ndim == 1 else targets, "y")
    if rows is not None and len(targets) != rows:
        raise _native.InvalidInputError(f"X has {rows} rows and y has {len(targets)}: inconsistent numbers of samples.")
    return names, targets


def _codes(groups, rows):
    labels = np.asarray(groups)
    if labels.shape != (rows,):
        raise _native.InvalidInputError(f"groups has the shape {labels.shape}, and there are {rows} rows. Give one label per row.")
    return np.unique(labels, return_inverse=True)[1].tolist()


def _listed(names):
    names = [f'"{name}"' for name in names]
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
