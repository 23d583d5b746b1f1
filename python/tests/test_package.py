"""The header, the wheel and the README."""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

import numpy as np

from ilgpubnn import Surrogate, _native

from .data import QUICK, REPOSITORY, missing, table

HEADER = os.path.join(REPOSITORY, "src", "IlgpuBnn.Native", "ilgpubnn.h")
LIBRARY = os.environ.get("ILGPUBNN_LIBRARY", "")
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")

PROGRAM = """
#include <stdio.h>
#include "ilgpubnn.h"
static int progress(int completed, int total, double score, void *context) { (void)total; (void)score; *(int *)context = completed; return 0; }
int main(int count, char **arguments) {
    double inputs[20], targets[10], mean[10], sd[10], median[10], draws[20], half = 0.5;
    int done = 0, row;
    ilgpubnn_model *model = count > 1 ? ilgpubnn_load(arguments[1]) : NULL;
    if (!model) { fprintf(stderr, "%s\\n", ilgpubnn_last_error()); return 1; }
    for (row = 0; row < 10; row++) { inputs[2 * row] = row / 10.0; inputs[2 * row + 1] = row % 3; targets[row] = row; }
    if (ilgpubnn_predict(model, inputs, 10, 2, mean, sd, NULL)) return 2;
    printf("%s %.17g %.17g\\n", ilgpubnn_version(), mean[3], sd[9]);
    ilgpubnn_free(model);
    model = ilgpubnn_fit(inputs, targets, 10, 2, 1, "{\\"max_iterations\\": 20, \\"particles\\": 4}", progress, &done);
    if (!model) return 3;
    char *text = ilgpubnn_describe(model);
    if (!text || ilgpubnn_quantiles(model, inputs, 10, 2, &half, 1, median) || ilgpubnn_sample(model, inputs, 10, 2, 2, 1, draws)) return 4;
    ilgpubnn_free_text(text);
    ilgpubnn_free(model);
    ilgpubnn_free(NULL);
    if (ilgpubnn_save(NULL, "x") != ILGPUBNN_INVALID_ARGUMENT || ilgpubnn_last_status() != ILGPUBNN_INVALID_ARGUMENT) return 5;
    return 0;
}
"""


class HeaderTests(unittest.TestCase):
    def test_every_function_of_the_header_is_called(self):
        with open(HEADER, encoding="utf-8") as file:
            text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.DOTALL)
        declared = {name: arguments for name, arguments in re.findall(r"ilgpubnn_(\w+)\(([^()]*)\);", text) if not name.startswith("progress")}
        self.assertEqual(set(declared), set(_native._SIGNATURES))
        for name, arguments in declared.items():
            count = 0 if arguments.strip() == "void" else arguments.count(",") + 1
            self.assertEqual(count, len(_native._SIGNATURES[name]) - 1, name)

    @unittest.skipUnless(COMPILER and LIBRARY and sys.platform == "linux", "a C compiler and ILGPUBNN_LIBRARY are needed")
    def test_a_c_program_links_and_predicts_the_same(self):
        X, y = table(inputs=2)
        surrogate = Surrogate(**QUICK).fit(X, y)
        rows = np.array([[row / 10, row % 3] for row in range(10)])
        mean, std = surrogate.predict(rows, return_std=True)
        with tempfile.TemporaryDirectory() as folder:
            model, source, program = (os.path.join(folder, name) for name in ("own.safetensors", "program.c", "program"))
            surrogate.save(model)
            with open(source, "w", encoding="utf-8") as file:
                file.write(PROGRAM)
            subprocess.run(
                [COMPILER, "-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-I", os.path.dirname(HEADER), source, "-o", program,
                 "-L", os.path.dirname(LIBRARY), "-lilgpubnn", f"-Wl,-rpath,{os.path.dirname(LIBRARY)}"],
                check=True,
            )
            found = subprocess.run([program, model], check=True, capture_output=True, text=True).stdout.split()
            self.assertEqual([float(found[1]), float(found[2])], [mean[3], std[9]])
            failed = subprocess.run([program, "/no/such.safetensors"], capture_output=True, text=True)
            self.assertEqual(failed.returncode, 1)
            self.assertIn("/no/such.safetensors: could not be read", failed.stderr)


class WheelTests(unittest.TestCase):
    @unittest.skipIf(missing("pip", "setuptools", "wheel") or not LIBRARY, "pip, setuptools, wheel and ILGPUBNN_LIBRARY are needed")
    def test_a_wheel_has_the_library_and_runs_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            source = shutil.copytree(
                os.path.join(REPOSITORY, "python"), os.path.join(folder, "python"), ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__", "*.so"))
            subprocess.run(
                [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder, source],
                check=True, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
            )
            wheel, = glob.glob(os.path.join(folder, "*.whl"))
            self.assertRegex(os.path.basename(wheel), r"^ilgpubnn-[0-9.]+-py3-none-(?!any)\w+\.whl$")
            place = os.path.join(folder, "place")
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(place)
            script = "import ilgpubnn, numpy; X = numpy.eye(6); print(ilgpubnn.__file__); ilgpubnn.Surrogate(max_iterations=5).fit(X, X[0]).predict(X)"
            environment = {name: value for name, value in os.environ.items() if name != "ILGPUBNN_LIBRARY"}
            found = subprocess.run([sys.executable, "-c", script], cwd=folder, env={**environment, "PYTHONPATH": place}, check=True, capture_output=True, text=True)
            self.assertTrue(found.stdout.startswith(place))


class DocumentTests(unittest.TestCase):
    def run_code(self, *path):
        """Runs the Python of a document in an empty folder; what it names."""
        with open(os.path.join(REPOSITORY, *path), encoding="utf-8") as file:
            code = re.findall(r"```python\n(.*?)```", file.read(), flags=re.DOTALL)
        self.assertGreater(len(code), 0)
        names, before = {"print": lambda *_: None}, os.getcwd()
        with tempfile.TemporaryDirectory() as folder:
            try:
                os.chdir(folder)
                exec("\n".join(code), names)
            finally:
                os.chdir(before)
        return names

    def test_the_readme_runs(self):
        names = self.run_code("python", "README.md")
        self.assertEqual((names["mean"].shape, names["draws"].shape), ((5,), (100, 5)))
        np.testing.assert_allclose(names["model"].predict(names["X"]), names["same"].predict(names["X"]), atol=2e-6)

    def test_the_cookbook_runs(self):
        names = self.run_code("docs", "cookbook.md")
        self.assertTrue(np.all(names["from_few_runs"] > 0))
        self.assertGreater(np.corrcoef(names["above_twenty"], names["yields"] > 20)[0, 1], 0.8)


class LibraryTests(unittest.TestCase):
    def test_a_missing_library_says_how_to_get_it(self):
        environment = {**os.environ, "ILGPUBNN_LIBRARY": "/no/such/library.so", "PYTHONPATH": os.path.join(REPOSITORY, "python")}
        found = subprocess.run([sys.executable, "-c", "import ilgpubnn; ilgpubnn.Surrogate.load('x')"], env=environment, capture_output=True, text=True)
        self.assertIn("SurrogateError: The shared library /no/such/library.so could not be loaded", found.stderr)
        self.assertIn("ILGPUBNN_LIBRARY", found.stderr)
