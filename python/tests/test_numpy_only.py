"""The reader without the library predicts what the library predicts."""

import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest

import numpy as np

from ilgpubnn import Surrogate, numpy_only

from .data import QUICK, REPOSITORY, table


class AgreementTests(unittest.TestCase):
    """To a millionth of a standard deviation of the target, on the scale that networks learn on: they compute in single precision, whose unit is 6e-8."""

    TOLERANCE = 2e-6
    CASES = {
        "calibrated, with the encodings that it chooses": {"select_encodings": True, "max_iterations": None, "particles": 20, "folds": 10, "network": None},
        "skip connections": {"network": "dense(8,relu) skip dense(7,sin) skip"},
        "other activations": {"network": "dense(5,sigmoid) dense(6,cos) dense(6,silu) dense(3,identity)"},
        "linear": {"network": "linear"},
        "svgd": {"method": "svgd", "folds": None},
        "deterministic": {"method": "deterministic", "folds": None, "particles": None},
        "Student's t noise": {"degrees_of_freedom": 4},
        "components": {"components": 2},
        "logarithms and categories": {"log_inputs": ["x1"], "categories": ["x3"]},
        "logarithm": {"transforms": {"y2": "log"}},
        "square root and power": {"transforms": {"y2": "sqrt", "y1": "yeo-johnson"}},
        "logit": {"transforms": {"y3": "logit"}},
    }

    def test_predictions_are_the_librarys(self):
        X, y = table(rows=80, targets=3)
        X[:, 2] = np.round(3 * X[:, 2])
        y[:, 2] = 0.01 + 0.9 * np.clip(y[:, 2], 0, 1)
        # Noise, whose predictions shrink to the mean, and a target that never varies.
        y = np.column_stack([y, np.random.default_rng(3).normal(size=80), np.full(80, 3.0)])
        new, _ = table(rows=50, seed=2)
        new[:, 2] = np.round(3 * new[:, 2])
        for name, options in self.CASES.items():
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "own.safetensors")
                surrogate = Surrogate(seed=1, **{**QUICK, **options}).fit(X, y)
                surrogate.save(path)
                model = numpy_only.load(path)
                self.assertEqual((model.input_names, model.target_names), (["x1", "x2", "x3"], ["y1", "y2", "y3", "y4", "y5"]))
                transforms = [own["transform"] for own in surrogate.description_["targets"]]
                self.compare(surrogate, model, new, np.where(y.std(axis=0) > 0, y.std(axis=0), 1), transforms)

    def compare(self, surrogate, model, X, scale, transforms):
        q = [0.001, 0.05, 0.5, 0.975]
        pairs = [*zip(surrogate.predict(X, True, True), model.predict(X, True, True)), *zip(surrogate.quantile(X, q), model.quantile(X, q))]
        for ours, own in pairs:
            # A logarithm's errors are relative.
            unit = np.where([kind == "log" for kind in transforms], np.maximum(np.abs(ours), scale), scale)
            self.assertLess(np.max(np.abs(ours - own) / unit), self.TOLERANCE)

    def test_the_first_version_of_the_format_is_read(self):
        path = os.path.join(REPOSITORY, "tests", "IlgpuBnn.Tests", "Persistence", "format-1.safetensors")
        surrogate, model = Surrogate.load(path), numpy_only.load(path)
        columns = surrogate.description_["inputs"]
        X = np.linspace([own["smallest"] for own in columns], [own["largest"] for own in columns], 20)
        for ours, own in zip(surrogate.predict(X, True, True), model.predict(X, True, True)):
            np.testing.assert_allclose(own, ours, rtol=2e-6)

    def test_texts_are_levels(self):
        from .data import missing

        if missing("pandas"):
            self.skipTest("pandas is not installed")
        import pandas

        X, y = table()
        frame = pandas.DataFrame({"a": X[:, 0], "soil": np.array(["clay", "sand"])[np.arange(60) % 2]})
        surrogate = Surrogate(**QUICK).fit(frame, y)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "own.safetensors")
            surrogate.save(path)
            model = numpy_only.load(path)
        np.testing.assert_allclose(model.predict(frame.to_numpy()), surrogate.predict(frame), atol=2e-6 * y.std())
        with self.assertRaisesRegex(ValueError, 'Input "soil": "peat" is none of the levels'):
            model.predict(np.array([[0.5, "peat"]], dtype=object))


class RefusalTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.path = os.path.join(folder.name, "own.safetensors")
        cls.X, y = table()
        cls.surrogate = Surrogate(log_inputs=["x1"], **QUICK).fit(cls.X, y)
        cls.surrogate.save(cls.path)
        with open(cls.path, "rb") as file:
            cls.bytes = file.read()

    def changed(self, change):
        """The file with other metadata."""
        length = struct.unpack("<Q", self.bytes[:8])[0]
        header = json.loads(self.bytes[8 : 8 + length])
        change(header["__metadata__"])
        text = json.dumps(header).encode()
        path = self.path + ".changed"
        with open(path, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text + self.bytes[8 + length :])
        return path

    def refused(self, change, pattern):
        with self.assertRaisesRegex(numpy_only.ModelError, pattern):
            numpy_only.load(self.changed(change))

    def test_what_it_does_not_know_it_refuses(self):
        def replaced(name, old, new):
            def change(metadata):
                self.assertIn(old, metadata[name])
                metadata[name] = metadata[name].replace(old, new)

            return change

        self.assertIsNotNone(numpy_only.load(self.changed(lambda metadata: None)).predict(self.X))
        self.refused(lambda metadata: metadata.update(format="other"), "is a safetensors file, but no model of IlgpuBnn")
        self.refused(lambda metadata: metadata.update(format_version="6"), "has format version 6; this reader knows 1 to 5")
        self.refused(replaced("options", '"kind":"dense"', '"kind":"attention"'), 'a layer of the kind "attention"')
        self.refused(replaced("options", '"activation":"tanh"', '"activation":"gelu"'), 'the activation "gelu"')
        self.refused(replaced("input_encodings", '"kind":"log"', '"kind":"cyclic"'), 'input "x1" has the encoding "cyclic"')
        self.refused(replaced("target_transforms", '"kind":"none"', '"kind":"cube"'), 'the transform "cube"')

    def test_layers_that_it_does_not_compute_are_refused(self):
        X, y = table()
        Surrogate(**{**QUICK, "network": "fourier(4) dense(8,tanh)"}).fit(X, y).save(self.path + ".fourier")
        with self.assertRaisesRegex(numpy_only.ModelError, 'a layer of the kind "fourier", and this reader knows dense layers and skip connections alone'):
            numpy_only.load(self.path + ".fourier")

    def test_damaged_files_are_refused(self):
        for damaged in (b"", b"1234567", self.bytes[:200], self.bytes[:-40], b"\xff" * 100, struct.pack("<Q", 2) + b"[]"):
            with open(self.path + ".damaged", "wb") as file:
                file.write(damaged)
            with self.assertRaisesRegex(numpy_only.ModelError, "safetensors"):
                numpy_only.load(self.path + ".damaged")

    def test_values_that_cannot_be_used_are_named(self):
        model = numpy_only.load(self.path)
        X = self.X.copy()
        X[2, 0] = -1
        with self.assertRaisesRegex(ValueError, 'Input "x1", row 3 is -1.0. Give numbers above 0'):
            model.predict(X)
        with self.assertRaisesRegex(ValueError, "the model has 3 inputs: x1, x2, x3"):
            model.predict(X[:, :2])
        with self.assertRaisesRegex(ValueError, "must be between 0 and 1"):
            model.quantile(self.X, 0)

    def test_the_file_needs_nothing_but_numpy(self):
        """Copied elsewhere, without the package and the library."""
        with tempfile.TemporaryDirectory() as folder:
            with open(numpy_only.__file__, "rb") as file, open(os.path.join(folder, "alone.py"), "wb") as copy:
                copy.write(file.read())
            script = "import sys, alone; alone.load(sys.argv[1]).predict([[.5, .5, .5]]); assert not [own for own in sys.modules if own.startswith('ilgpubnn')]"
            environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "ILGPUBNN_LIBRARY")}
            subprocess.run([sys.executable, "-c", script, self.path], cwd=folder, env=environment, check=True)
