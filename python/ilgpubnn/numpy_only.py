"""Predictions from a model file with NumPy alone: no compiled library, and no other file of this package, so that it can be copied anywhere.

>>> model = numpy_only.load("yield.safetensors")
>>> mean, std = model.predict(X, return_std=True)
>>> low, high = model.quantile(X, [0.05, 0.95])

Of networks with dense layers and skip connections, the same numbers as the library's to a millionth of a target's standard deviation; it computes in double precision,
the library's networks in single precision. docs/maths.md has the formulas. What it does not know it refuses.
"""

import json
import math
import os
import statistics
import struct

import numpy as np

_FORMAT_VERSIONS = range(1, 6)
_DTYPES = {"F32": "<f4", "F64": "<f8"}

# A variance function is not extrapolated: so many standard deviations from the mean it ends.
_REACH = 2.0

_erfc = np.frompyfunc(math.erfc, 1, 1)


def _sigmoid(z):
    return 0.5 * (1 + np.tanh(0.5 * z))


_ACTIVATIONS = {
    "identity": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "sigmoid": _sigmoid,
    "sin": np.sin,
    "cos": np.cos,
    "silu": lambda z: z * _sigmoid(z),
}


class ModelError(ValueError):
    """The file is no model that this reader knows; the message says why."""


def load(path):
    """Reads a model file."""
    return Model(*_read_safetensors(path), os.fspath(path))


class Model:
    """A trained ensemble."""

    def __init__(self, tensors, metadata, path="model"):
        self._tensors, self._path = tensors, path
        version = self._require_format(metadata)
        self.input_names = json.loads(metadata["input_names"])
        self.target_names = json.loads(metadata["target_names"])
        plain = version == 1
        self._inputs = [{"kind": "numeric"}] * len(self.input_names) if plain else json.loads(metadata["input_encodings"])
        self._transforms = [_transform_of(own, path) for own in ([{"kind": "none"}] * len(self.target_names) if plain else json.loads(metadata["target_transforms"]))]
        for name, own in zip(self.input_names, self._inputs):
            if own["kind"] not in ("numeric", "log", "category"):
                raise ModelError(f'{path}: input "{name}" has the encoding "{own["kind"]}", which this reader does not know. Use the library, or a newer reader.')

        options = json.loads(metadata["options"])
        self._layers = _layers_of(options, path)
        self._components = tensors.get("components") if options.get("components") is not None else None
        self._particles = len(self._tensor("layers.0.weight"))
        targets = len(self.target_names)
        one, zero = np.ones(targets), np.zeros(targets)
        self._input_mean, self._input_scale = self._tensor("input_mean"), self._tensor("input_scale")
        self._mean, self._scale = self._tensor("target_mean"), self._tensor("target_scale")
        self._epistemic_scale, self._slope = self._tensor("epistemic_scale"), self._tensor("log_sd_slope")
        self._shrinkage, self._smoothing = (one, zero) if plain else (self._tensor("shrinkage"), self._tensor("smoothing"))
        self._bounds = self._tensor("lower_bound"), self._tensor("upper_bound")
        noise = tensors.get("predictive_log_noise_precision")
        # [particle, target], on the scale of the target's transform; the largest single stands for no noise at all.
        self._noise_sd = np.zeros((self._particles, targets)) if noise is None else self._scale * np.exp(-0.5 * noise.astype(float))

    def predict(self, X, return_std=False, return_aleatoric_std=False):
        """Mean of each row and target, raw units; with return_std also the standard deviation of a new measurement, with return_aleatoric_std the part that is noise.

        X : [row, input], in the order of input_names. Each result is [row, target]; [row] of one target.
        """
        mixture = self._mixture(X)
        mean, epistemic, aleatoric = mixture.mean.copy(), mixture.epistemic.copy(), mixture.aleatoric.copy()
        for o, transform in enumerate(self._transforms):
            if transform.moments is not None:
                own, spread = transform.moments(mixture.centres[..., o], mixture.deviations[..., o])
                mean[:, o] = own.mean(axis=0)
                variance = spread.mean(axis=0) + ((own - mean[:, o]) ** 2).mean(axis=0)
                both = epistemic[:, o] + aleatoric[:, o]
                share = np.divide(epistemic[:, o], both, out=np.zeros_like(both), where=both > 0)
                epistemic[:, o], aleatoric[:, o] = share * variance, (1 - share) * variance
        results = [mean, np.sqrt(epistemic + aleatoric) if return_std else None, np.sqrt(aleatoric) if return_aleatoric_std else None]
        found = tuple(self._shaped(own) for own in results if own is not None)
        return found if len(found) > 1 else found[0]

    def quantile(self, X, q):
        """Quantiles of new measurements, raw units: for a number q shaped like predictions, for several [probability, ...]."""
        probabilities = np.atleast_1d(np.asarray(q, dtype=float))
        if not np.all((probabilities > 0) & (probabilities < 1)):
            raise ValueError(f"q is {q}. Probabilities must be between 0 and 1.")
        mixture = self._mixture(X)
        found = np.stack([mixture.quantile(probability) for probability in probabilities])
        for o, transform in enumerate(self._transforms):
            found[..., o] = transform.invert(found[..., o])
        found = self._shaped(found)
        return found[0] if np.ndim(q) == 0 else found

    def _shaped(self, values):
        return values[..., 0] if len(self.target_names) == 1 else values

    def _mixture(self, X):
        outputs = self._outputs(self._features(X))
        return _Mixture(outputs, self._noise_sd, self._epistemic_scale, (self._mean, self._scale, self._slope), self._smoothing)

    def _features(self, X):
        """[row, feature], standardised, in single precision as networks see them."""
        X = np.asarray(X)
        if X.ndim != 2 or X.shape[1] != len(self.input_names):
            raise ValueError(f"X has the shape {X.shape}; the model has {len(self.input_names)} inputs: {', '.join(self.input_names)}.")
        features = []
        for column, (name, own) in zip(X.T, zip(self.input_names, self._inputs)):
            if own["kind"] == "category" and own.get("texts") is not None:
                unknown = [value for value in column if str(value) not in own["texts"]]
                if unknown:
                    raise ValueError(f'Input "{name}": "{unknown[0]}" is none of the levels that the model was trained on: {", ".join(own["texts"])}.')
                features += [np.array([float(str(value) == text) for value in column]) for text in own["texts"]]
                continue
            values = column.astype(float)
            wrong = ~np.isfinite(values) | ((values <= 0) & (own["kind"] == "log"))
            if wrong.any():
                row = int(np.argmax(wrong))
                needed = "numbers above 0, whose logarithm is taken" if own["kind"] == "log" else "finite numbers"
                raise ValueError(f'Input "{name}", row {row + 1} is {values[row]}. Give {needed}.')
            features += [np.log(values)] if own["kind"] == "log" else [values] if own["kind"] == "numeric" else [(values == level).astype(float) for level in own["levels"]]
        return ((np.stack(features, axis=1) - self._input_mean) / self._input_scale).astype(np.float32).astype(float)

    def _outputs(self, features):
        """[particle, row, target], on the scale of the transforms."""
        units = np.broadcast_to(features, (self._particles, *features.shape))
        copied = False
        for layer, activation in enumerate(self._layers):
            if activation == "skip":
                copied = True
                continue
            inputs, weight = units, self._tensor(f"layers.{layer}.weight").astype(float)
            units = inputs @ weight + self._tensor(f"layers.{layer}.bias").astype(float)[:, None, :]
            if copied:
                units = units + features @ self._tensor(f"layers.{layer}.skip_weight").astype(float)
                copied = False
            units = _ACTIVATIONS[activation](units)
        if self._components is not None:
            # A particle's scores are of the components of the fold that it left out.
            folds = np.arange(self._particles) % len(self._components)
            units = np.stack([own @ self._components[fold] for own, fold in zip(units, folds)])
        return np.clip(self._mean + self._scale * self._shrinkage * units, *self._bounds)

    def _tensor(self, name):
        if name not in self._tensors:
            raise ModelError(f'{self._path}: has no tensor "{name}". It is damaged, or was written by another program.')
        return self._tensors[name]

    def _require_format(self, metadata):
        if metadata.get("format") != "ilgpubnn-model":
            raise ModelError(f"{self._path}: is a safetensors file, but no model of IlgpuBnn.")
        version = metadata.get("format_version", "")
        if not version.isdecimal() or int(version) not in _FORMAT_VERSIONS:
            raise ModelError(f"{self._path}: has format version {version}; this reader knows {_FORMAT_VERSIONS[0]} to {_FORMAT_VERSIONS[-1]}. Use the library, or a newer reader.")
        return int(version)


class _Mixture:
    """An equally weighted mixture of one Gaussian per particle, for every row and target, on the scale of the transforms."""

    def __init__(self, outputs, noise_sd, epistemic_scale, variance_function, smoothing):
        self.mean = outputs.mean(axis=0)
        outputs = self.mean + epistemic_scale * (outputs - self.mean)
        self.epistemic = ((outputs - self.mean) ** 2).mean(axis=0)
        # A mean of equal values is not quite their value.
        same = np.all(outputs == outputs[0], axis=0)
        self.mean[same], self.epistemic[same] = outputs[0][same], 0
        centre, scale, slope = variance_function
        factor = np.exp(slope * np.clip((self.mean - centre) / scale, -_REACH, _REACH))
        self.aleatoric = factor**2 * (noise_sd**2).mean(axis=0)

        # Smoothing widens each Gaussian, in proportion to its noise, and draws them together, at the same mean and variance.
        mean_noise = (noise_sd**2).mean(axis=0)
        share = np.divide(noise_sd**2, mean_noise, out=np.ones_like(noise_sd), where=mean_noise > 0)[:, None, :]
        self.centres = self.mean + np.sqrt(1 - smoothing**2) * (outputs - self.mean)
        self.deviations = np.sqrt((factor * noise_sd[:, None, :]) ** 2 + share * smoothing**2 * self.epistemic)

    def quantile(self, probability):
        """[row, target]: Halley's method on the distribution function, halving the bracket where a step leaves it."""
        z = statistics.NormalDist().inv_cdf(probability)
        shape = self.mean.shape
        centres, deviations = (own.reshape(len(own), -1) for own in (self.centres, self.deviations))
        own = centres + z * deviations
        lower, upper = own.min(axis=0), own.max(axis=0)
        x = np.clip(self.mean + z * np.sqrt(self.epistemic + self.aleatoric), lower.reshape(shape), upper.reshape(shape)).ravel()
        narrowest = deviations.min(axis=0)
        # Where the components have one quantile in common, or to rounding error, that is it.
        open_ = np.flatnonzero(upper - lower > 1e-14 * np.maximum(np.abs(lower), np.abs(upper)))
        x[np.setdiff1d(np.arange(x.size), open_)] = lower[np.setdiff1d(np.arange(x.size), open_)]
        for _ in range(200):
            if open_.size == 0:
                break
            at = x[open_]
            cdf, density, slope = _sums(at, centres[:, open_], deviations[:, open_])
            above = cdf >= probability
            upper[open_[above]], lower[open_[~above]] = at[above], at[~above]
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                newton = (probability - cdf) / density
                step = newton / np.clip(1 + 0.5 * newton * slope / density, 0.5, 2)
            inside = (at + step > lower[open_]) & (at + step < upper[open_])
            x[open_] = np.where(inside, at + step, 0.5 * (lower[open_] + upper[open_]))
            width = upper[open_] - lower[open_]
            tiny = 1e-14 * np.maximum(np.abs(lower[open_]), np.abs(upper[open_]))
            done = (inside & (np.abs(step) < 1e-6 * narrowest[open_]) & (density * narrowest[open_] > 1e-7)) | (width <= tiny)
            x[open_[width <= tiny]] = upper[open_[width <= tiny]]
            open_ = open_[~done]
        return x.reshape(shape)


def _sums(x, centres, deviations):
    """Distribution function, density and its slope."""
    narrow = deviations > 0
    safe = np.where(narrow, deviations, 1)
    z = (x - centres) / safe
    cdf = np.where(narrow, 0.5 * _erfc(-z * math.sqrt(0.5)).astype(float), (x >= centres).astype(float))
    height = np.where(narrow, np.exp(-0.5 * z * z) / safe, 0) / math.sqrt(2 * math.pi)
    return cdf.mean(axis=0), height.mean(axis=0), -(height * z / safe).mean(axis=0)


class _Transform:
    """The scale of a target: its inverse, and mean and variance of what is normal on it (None where it is the target itself)."""

    def __init__(self, invert, moments):
        self.invert, self.moments = invert, moments


def _transform_of(own, path):
    kind = own["kind"]
    if kind == "none":
        return _Transform(lambda t: t, None)
    if kind == "log":
        return _Transform(np.exp, _moments_of_log)
    if kind == "sqrt":
        return _Transform(lambda t: np.where(t > 0, t * t, 0), _moments_of_square_root)
    if kind == "logit":
        invert = _sigmoid
    elif kind == "yeo-johnson":
        power, scale = own["power"], own["scale"]

        def invert(t):
            size = np.abs(t)
            return scale * np.where(t >= 0, _inverse_box_cox(size, power) - 1, 1 - _inverse_box_cox(size, 2 - power))
    else:
        raise ModelError(f'{path}: a target has the transform "{kind}", which this reader does not know. Use the library, or a newer reader.')
    return _Transform(invert, lambda mean, sd: _moments_by_quadrature(invert, mean, sd))


def _inverse_box_cox(value, power):
    # Beyond what any value is transformed to, the end, which may be infinite.
    with np.errstate(over="ignore"):
        return np.exp(value) if abs(power) < 1e-9 else np.maximum(power * value + 1, 5e-324) ** (1 / power)


def _moments_of_log(mean, sd):
    value = np.exp(mean + 0.5 * sd**2)
    return value, value**2 * np.expm1(sd**2)


def _moments_of_square_root(mean, sd):
    safe = np.where(sd > 0, sd, 1)
    z, m, v = mean / safe, mean**2, sd**2
    above = 0.5 * _erfc(-z * math.sqrt(0.5)).astype(float)
    density = sd * np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    second = (m + v) * above + mean * density
    fourth = (m * m + 6 * m * v + 3 * v * v) * above + (m * mean + 5 * mean * v) * density
    point = np.where(mean > 0, m, 0)
    return np.where(sd > 0, second, point), np.where(sd > 0, np.maximum(0, fourth - second**2), 0)


def _moments_by_quadrature(invert, mean, sd):
    abscissae, weights = np.polynomial.legendre.leggauss(64)
    z = 8.5 * abscissae
    weights = 8.5 * weights * np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    origin = invert(mean)
    first, second = np.zeros_like(origin), np.zeros_like(origin)
    for point, weight in zip(z, weights):
        deviation = invert(mean + sd * point) - origin
        first += weight * deviation
        second += weight * deviation**2
    return origin + first, np.maximum(0, second - first**2)


def _layers_of(options, path):
    """Of each layer its activation, or "skip"; the last is the output layer."""
    if options.get("layers") is None:
        units = options["hidden_units"]
        layers = [options["activation"]] * len(units)
        if layers and options.get("last_activation") is not None:
            layers[-1] = options["last_activation"]
        if options.get("skip_connection") and layers:
            layers.append("skip")
    else:
        for own in options["layers"]:
            if own["kind"] not in ("dense", "skip"):
                raise ModelError(f'{path}: has a layer of the kind "{own["kind"]}", and this reader knows dense layers and skip connections alone. Use the library.')
        layers = ["skip" if own["kind"] == "skip" else own["activation"] for own in options["layers"]]
    unknown = [own for own in layers if own != "skip" and own not in _ACTIVATIONS]
    if unknown:
        raise ModelError(f'{path}: has the activation "{unknown[0]}", which this reader does not know. Use the library, or a newer reader.')
    return [*layers, "identity"]


def _read_safetensors(path):
    """Tensors and metadata."""
    with open(path, "rb") as file:
        data = file.read()
    remedy = "Give a complete model file written by IlgpuBnn."
    if len(data) < 8 or (length := struct.unpack("<Q", data[:8])[0]) > len(data) - 8:
        raise ModelError(f"{path}: is no safetensors file, or is cut short. {remedy}")
    try:
        header = json.loads(data[8 : 8 + length])
        metadata = header.pop("__metadata__", {})
        tensors = {}
        for name, own in header.items():
            begin, end = own["data_offsets"]
            tensors[name] = np.frombuffer(data[8 + length :][begin:end], dtype=_DTYPES[own["dtype"]]).reshape(own["shape"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path}: is no safetensors file of single and double precision numbers, or is damaged ({error}). {remedy}") from error
    return tensors, metadata
