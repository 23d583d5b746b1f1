"""Training, prediction, files, names and errors."""

import copy
import json
import os
import pickle
import signal
import tempfile
import threading
import time
import unittest

import numpy as np

import ilgpubnn
from ilgpubnn import InvalidInputError, ModelFileError, Surrogate, SurrogateError, TrainingDivergedError

from .data import QUICK, missing, table


class PredictionTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.X, cls.y = table()
        cls.surrogate = Surrogate(seed=3, **QUICK).fit(cls.X, cls.y)

    def test_shapes_follow_the_targets(self):
        X, y = table(targets=3)
        both = Surrogate(**QUICK).fit(X, y)
        column = Surrogate(**QUICK).fit(self.X, self.y[:, None])
        self.assertEqual(self.surrogate.predict(self.X).shape, (60,))
        self.assertEqual(both.predict(X).shape, (60, 3))
        self.assertEqual(column.predict(X).shape, (60, 1))
        self.assertEqual(self.surrogate.quantile(self.X, 0.3).shape, (60,))
        self.assertEqual(both.quantile(X, [0.1, 0.9]).shape, (2, 60, 3))
        self.assertEqual(both.sample(X, 5).shape, (5, 60, 3))
        self.assertEqual(self.surrogate.sample(self.X, 5).shape, (5, 60))
        self.assertEqual((both.n_features_in_, both.target_names_), (3, ["y1", "y2", "y3"]))

    def test_parts_of_the_uncertainty_fit_together(self):
        mean, std, aleatoric = self.surrogate.predict(self.X, return_std=True, return_aleatoric_std=True)
        np.testing.assert_array_equal(self.surrogate.predict(self.X, return_std=True), (mean, std))
        np.testing.assert_array_equal(self.surrogate.predict(self.X, return_aleatoric_std=True)[1], aleatoric)
        self.assertTrue(np.all((0 < aleatoric) & (aleatoric < std)))
        draws = self.surrogate.sample(self.X, 4000, seed=5)
        # Of 4000 draws a mean is as good as std / 63, and five of those are enough for 60 rows.
        self.assertLess(np.max(np.abs(draws.mean(axis=0) - mean) / std), 5 / np.sqrt(4000))
        low, high = self.surrogate.quantile(self.X, [0.05, 0.95])
        share = np.mean((low < draws) & (draws < high))
        self.assertAlmostEqual(share, 0.9, delta=0.01)

    def test_one_row_is_as_in_a_table(self):
        mean, std = self.surrogate.predict(self.X, return_std=True)
        own_mean, own_std = self.surrogate.predict(self.X[7:8], return_std=True)
        # Single precision in another order.
        self.assertLess(abs(own_mean[0] - mean[7]), 1e-5 * std[7])
        self.assertLess(abs(own_std[0] - std[7]), 1e-5 * std[7])

    def test_the_same_seed_gives_the_same(self):
        again = Surrogate(seed=3, **QUICK).fit(self.X, self.y)
        other = Surrogate(seed=4, **QUICK).fit(self.X, self.y)
        np.testing.assert_array_equal(again.predict(self.X), self.surrogate.predict(self.X))
        self.assertFalse(np.array_equal(other.predict(self.X), self.surrogate.predict(self.X)))
        np.testing.assert_array_equal(again.sample(self.X, 3, seed=2), again.sample(self.X, 3, seed=2))
        self.assertFalse(np.array_equal(again.sample(self.X, 3, seed=2), again.sample(self.X, 3, seed=1)))

    def test_layouts_of_arrays_do_not_matter(self):
        expected = self.surrogate.predict(self.X)
        np.testing.assert_array_equal(self.surrogate.predict(np.asfortranarray(self.X)), expected)
        np.testing.assert_array_equal(self.surrogate.predict(np.repeat(self.X, 2, axis=0)[::2]), expected)
        np.testing.assert_array_equal(self.surrogate.predict(self.X.tolist()), expected)

    def test_score_is_r2(self):
        residual = self.y - self.surrogate.predict(self.X)
        self.assertAlmostEqual(self.surrogate.score(self.X, self.y), 1 - np.sum(residual**2) / np.sum((self.y - self.y.mean()) ** 2), places=12)
        self.assertGreater(self.surrogate.score(self.X, self.y), 0.9)

    def test_a_missing_target_does_not_count(self):
        y = np.where(np.arange(60) % 5 == 0, np.nan, self.y)
        surrogate = Surrogate(**QUICK).fit(self.X, y)
        present = ~np.isnan(y)
        self.assertAlmostEqual(surrogate.score(self.X, y), surrogate.score(self.X[present], y[present]), places=12)
        self.assertGreater(surrogate.score(self.X, self.y), 0.8)

    def test_related_rows_stay_together(self):
        X, y = np.repeat(self.X[:12], 5, axis=0), np.repeat(self.y[:12], 5)
        noise = np.random.default_rng(1).normal(size=60)
        rows = Surrogate(**QUICK).fit(X + 1e-6 * noise[:, None], y).description_["scores"]["targets"]["y1"]["r2"]
        groups = Surrogate(**QUICK).fit(X + 1e-6 * noise[:, None], y, groups=[f"run {k // 5}" for k in range(60)]).description_["scores"]["targets"]["y1"]["r2"]
        self.assertGreater(rows, groups)

    def test_what_it_says_of_itself(self):
        description = self.surrogate.description_
        self.assertEqual((description["particles"], description["folds"], description["network"], description["training_rows"]), (8, 4, "dense(8,tanh)", 60))
        self.assertEqual(description["inputs"][1]["largest"], self.X[:, 1].max())
        self.assertGreater(description["scores"]["targets"]["y1"]["r2"], 0.5)


class FileTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "own \u00e9.safetensors")
        self.X, self.y = table()

    def test_a_model_comes_back_from_its_file(self):
        surrogate = Surrogate(seed=3, **QUICK).fit(self.X, self.y)
        surrogate.save(self.path)
        loaded = Surrogate.load(self.path)
        for one, other in zip(surrogate.predict(self.X, True, True), loaded.predict(self.X, True, True)):
            np.testing.assert_array_equal(one, other)
        self.assertEqual((loaded.seed, loaded.particles, loaded.network, loaded.target_names_), (3, 8, "dense(8,tanh)", ["y1"]))
        self.assertIsNone(loaded.description_["scores"])

    def test_copies_predict_the_same(self):
        surrogate = Surrogate(**QUICK).fit(self.X, self.y)
        for own in (pickle.loads(pickle.dumps(surrogate)), copy.deepcopy(surrogate)):
            np.testing.assert_array_equal(own.predict(self.X), surrogate.predict(self.X))
        self.assertEqual(pickle.loads(pickle.dumps(Surrogate(seed=9))).seed, 9)

    def test_a_file_that_is_no_model_is_named(self):
        with self.assertRaisesRegex(ModelFileError, "could not be read"):
            Surrogate.load(self.path)
        with open(self.path, "wb") as file:
            file.write(b"no model at all")
        with self.assertRaisesRegex(ModelFileError, "is not a safetensors file"):
            Surrogate.load(self.path)
        with self.assertRaisesRegex(OSError, "could not be written"):
            Surrogate(**QUICK).fit(self.X, self.y).save("/no/such/folder/own.safetensors")


class ErrorTests(unittest.TestCase):
    def setUp(self):
        self.X, self.y = table()

    def assert_refused(self, pattern, call):
        with self.assertRaisesRegex(InvalidInputError, pattern) as caught:
            call()
        self.assertIsInstance(caught.exception, ValueError)

    def test_what_cannot_be_used_is_named(self):
        fitted = Surrogate(**QUICK).fit(self.X, self.y)
        wrong = self.X.copy()
        wrong[4, 1] = np.nan
        self.assert_refused('column "x2" is nan in row 5', lambda: Surrogate().fit(wrong, self.y))
        self.assert_refused('column "x2" is nan in row 5', lambda: fitted.predict(wrong))
        self.assert_refused("X has 2 features, but Surrogate is expecting 3", lambda: fitted.predict(self.X[:, :2]))
        self.assert_refused("inconsistent numbers of samples", lambda: Surrogate().fit(self.X, self.y[:-1]))
        self.assert_refused("Give one label per row", lambda: Surrogate().fit(self.X, self.y, groups=[1, 2]))
        self.assert_refused("only 0 of 60 rows", lambda: Surrogate().fit(self.X, self.y * np.nan))
        self.assert_refused('Option network: At position 1, "danse" is no layer', lambda: Surrogate(network="danse(8)").fit(self.X, self.y))
        self.assert_refused("it must be one of anchored", lambda: Surrogate(method="hmc").fit(self.X, self.y))
        self.assert_refused("probability", lambda: fitted.quantile(self.X, 1.5))
        self.assert_refused("n is 0", lambda: fitted.sample(self.X, 0))
        self.assert_refused("not fitted yet", lambda: Surrogate().predict(self.X))
        self.assert_refused('Invalid parameter "partikles"', lambda: Surrogate().set_params(partikles=3))

    def test_a_training_that_diverges_says_so(self):
        with self.assertRaisesRegex(TrainingDivergedError, "Lower the step size"):
            Surrogate(method="svgd", particles=4, step_size=1e30, max_iterations=50).fit(self.X, self.y)

    def test_what_is_known_of_targets_is_kept(self):
        shares = np.column_stack([self.y - self.y.min() + 0.1, np.zeros(len(self.y))])
        shares[:, 1] = 10 - shares[:, 0]
        fitted = Surrogate(
            optimizer="momentum", positive=["y1"], limits={"y1": (None, 12)}, monotone={"y1": ["x1", "-x2"]}, sums=[({"y1": 1, "y2": 1}, 10)], **QUICK
        ).fit(self.X, shares)
        np.testing.assert_allclose(fitted.predict(self.X).sum(axis=1), 10, rtol=1e-4)
        self.assert_refused("y7", lambda: Surrogate(positive=["y7"], **QUICK).fit(self.X, self.y))
        self.assert_refused("it must be one of adam, momentum", lambda: Surrogate(optimizer="sgd", **QUICK).fit(self.X, self.y))

    def test_gpus_are_not_in_this_build(self):
        from ilgpubnn import _native

        for device in ("cuda", "opencl:1"):
            with self.assertRaisesRegex(SurrogateError, f"There is no device {device}: this build is compiled ahead of time"):
                _native.fit(self.X, self.y[:, None], json.dumps({"device": device}), None)
        _native.fit(self.X, self.y[:, None], json.dumps({"device": "auto", "max_iterations": 1}), None)

    @unittest.skipUnless(hasattr(os, "fork"), "no fork here")
    def test_a_forked_process_says_that_it_cannot_go_on(self):
        fitted = Surrogate(**QUICK).fit(self.X, self.y)
        child = os.fork()
        if child == 0:
            try:
                fitted.predict(self.X)
            except SurrogateError as error:
                os._exit(42 if "forked" in str(error) else 1)
            os._exit(2)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 42)


class StoppingTests(unittest.TestCase):
    # A minute of training, if nothing stops it.
    LONG = {**QUICK, "particles": 40, "max_iterations": 100_000}

    def setUp(self):
        self.X, self.y = table(rows=200)

    def test_progress_rises(self):
        seen = []
        Surrogate(particles=40, max_iterations=1500).fit(self.X, self.y, progress=lambda *own: seen.append(own))
        iterations = [own[0] for own in seen]
        self.assertGreater(len(seen), 2)
        self.assertEqual(iterations, sorted(set(iterations)))
        self.assertTrue(all(0 < own[0] <= own[1] for own in seen))

    def test_ctrl_c_stops_a_training(self):
        if threading.current_thread() is not threading.main_thread():
            self.skipTest("Ctrl-C goes to the main thread")

        # A process that is started in the background may ignore Ctrl-C.
        self.addCleanup(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.default_int_handler))
        surrogate = Surrogate(**self.LONG)
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
        with self.assertRaises(KeyboardInterrupt):
            surrogate.fit(self.X, self.y)
        self.assertFalse(surrogate.__sklearn_is_fitted__())
        self.assertGreater(Surrogate(**QUICK).fit(self.X, self.y).score(self.X, self.y), 0.5)

    def test_what_progress_raises_comes_back(self):
        def progress(iterations, *_):
            raise LookupError(f"stopped at {iterations}")

        with self.assertRaisesRegex(LookupError, "stopped at [1-9]"):
            Surrogate(**self.LONG).fit(self.X, self.y, progress=progress)

    def test_other_threads_run_during_a_training(self):
        ticks = []
        done = threading.Event()

        def tick():
            while not done.is_set():
                ticks.append(None)
                time.sleep(0.01)

        thread = threading.Thread(target=tick)
        thread.start()
        Surrogate(particles=40, max_iterations=1500, folds=0).fit(self.X, self.y)
        done.set()
        thread.join()
        self.assertGreater(len(ticks), 3)


@unittest.skipIf(missing("pandas"), "pandas is not installed")
class FrameTests(unittest.TestCase):
    def setUp(self):
        import pandas

        self.pandas = pandas
        X, y = table()
        self.frame = pandas.DataFrame(X, columns=["rain", "warmth", "soil"])
        self.y = pandas.Series(y, name="yield")
        self.surrogate = Surrogate(**QUICK).fit(self.frame, self.y)

    def test_columns_are_found_by_name(self):
        self.assertEqual((list(self.surrogate.feature_names_in_), self.surrogate.target_names_), (["rain", "warmth", "soil"], ["yield"]))
        expected = self.surrogate.predict(self.frame)
        mixed = self.frame.assign(other=1.0)[["soil", "other", "warmth", "rain"]]
        np.testing.assert_array_equal(self.surrogate.predict(mixed), expected)
        np.testing.assert_array_equal(self.surrogate.predict(self.frame.to_numpy()), expected)

    def test_a_missing_column_is_named(self):
        with self.assertRaisesRegex(InvalidInputError, 'The frame lacks "warmth". Its columns are "rain", "soil"'):
            self.surrogate.predict(self.frame[["rain", "soil"]])
        with self.assertRaisesRegex(InvalidInputError, 'column "soil" is nan in row 3'):
            self.surrogate.predict(self.frame.assign(soil=[0, 1, np.nan] * 20))

    def test_names_live_in_the_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "own.safetensors")
            self.surrogate.save(path)
            loaded = Surrogate.load(path)
        np.testing.assert_array_equal(loaded.predict(self.frame[["soil", "rain", "warmth"]]), self.surrogate.predict(self.frame))

    def test_several_targets_have_names(self):
        X, y = table(targets=2)
        surrogate = Surrogate(transforms={"grain": "log"}, **QUICK).fit(X, self.pandas.DataFrame(y, columns=["straw", "grain"]))
        self.assertEqual(surrogate.target_names_, ["straw", "grain"])
        self.assertEqual([own["transform"] for own in surrogate.description_["targets"]], ["none", "log"])
        self.assertFalse(hasattr(surrogate, "feature_names_in_"))

    def test_texts_are_categories(self):
        soil = np.array(["clay", "sand", "loam"])[np.arange(60) % 3]
        y = self.y + 2.0 * (soil == "loam")
        frame = self.frame.assign(soil=soil)
        surrogate = Surrogate(**QUICK).fit(frame, y)
        self.assertEqual(surrogate.description_["inputs"][2]["levels"], ["clay", "loam", "sand"])
        self.assertGreater(surrogate.score(frame, y), 0.9)
        loam, sand = (surrogate.predict(frame.assign(soil=own)).mean() for own in ("loam", "sand"))
        self.assertAlmostEqual(loam - sand, 2, delta=0.3)
        np.testing.assert_array_equal(surrogate.predict(frame.astype({"soil": "category"})), surrogate.predict(frame))
        with self.assertRaisesRegex(InvalidInputError, 'Column "soil", row 2: "peat" is none of the levels .*"clay", "loam", "sand"'):
            surrogate.predict(frame.assign(soil=["clay", "peat"] * 30))


@unittest.skipIf(missing("sklearn"), "scikit-learn is not installed")
class ScikitLearnTests(unittest.TestCase):
    def test_every_check_of_estimators_passes(self):
        import warnings

        from sklearn.utils.estimator_checks import check_estimator

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            check_estimator(Surrogate(**QUICK))

    def test_in_a_pipeline_under_cross_validation(self):
        from sklearn.base import clone
        from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        X, y = table(rows=90)
        pipeline = make_pipeline(StandardScaler(), Surrogate(**QUICK))
        self.assertGreater(cross_val_score(pipeline, X, y, cv=3).min(), 0.8)
        self.assertEqual(len(cross_val_score(pipeline, X, y, cv=GroupKFold(3), groups=np.arange(90) // 5)), 3)
        search = GridSearchCV(Surrogate(**QUICK), {"network": ["linear", "dense(8,tanh)"]}, cv=2).fit(X, y)
        self.assertEqual(search.best_params_, {"network": "dense(8,tanh)"})
        copied = clone(Surrogate(seed=7, transforms={"y1": "none"}))
        self.assertEqual((copied.seed, copied.transforms), (7, {"y1": "none"}))

    def test_processes_of_joblib_train(self):
        from sklearn.model_selection import cross_val_score

        X, y = table()
        Surrogate(**QUICK).fit(X, y)
        np.testing.assert_array_equal(cross_val_score(Surrogate(**QUICK), X, y, cv=2, n_jobs=2), cross_val_score(Surrogate(**QUICK), X, y, cv=2))


class ParameterTests(unittest.TestCase):
    def test_parameters_are_named_and_set(self):
        surrogate = Surrogate(seed=2).set_params(particles=12)
        self.assertEqual((surrogate.get_params()["seed"], surrogate.get_params()["particles"]), (2, 12))
        self.assertEqual(repr(surrogate), "Surrogate(particles=12, seed=2)")

    def test_the_package_and_the_library_are_of_one_version(self):
        from ilgpubnn import _native

        self.assertEqual(_native.function("version")().decode(), ilgpubnn.__version__)
