"""Puts the shared library into the wheel, and names the platform it is for. Everything else stands in pyproject.toml."""

import os
import platform
import shutil
import subprocess
import sys

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.dist import Distribution

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:
    from wheel.bdist_wheel import bdist_wheel

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.join(HERE, "..", "src", "IlgpuBnn.Native")
NAME = {"win32": "ilgpubnn.dll", "darwin": "libilgpubnn.dylib"}.get(sys.platform, "libilgpubnn.so")


def library():
    """The file named by ILGPUBNN_LIBRARY; otherwise it is built, which needs the .NET SDK and clang or gcc."""
    given = os.environ.get("ILGPUBNN_LIBRARY")
    if given:
        return given
    if not os.path.isdir(PROJECT):
        raise SystemExit(
            "The shared library is built from a clone of the repository, and there is none around this folder. Build with \"python3 -m build --wheel\" in its "
            "folder python, or name the library in the environment variable ILGPUBNN_LIBRARY."
        )
    system = {"win32": "win", "darwin": "osx"}.get(sys.platform, "linux")
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine().lower()]
    folder = os.path.join(HERE, "build", "native")
    subprocess.run(["dotnet", "publish", PROJECT, "-c", "Release", "-r", f"{system}-{machine}", "-o", folder], check=True)
    return os.path.join(folder, NAME)


class WithLibrary(build_py):
    def run(self):
        super().run()
        if not self.editable_mode:
            shutil.copyfile(library(), os.path.join(self.build_lib, "ilgpubnn", NAME))


class OfPlatform(Distribution):
    def has_ext_modules(self):
        return True


class AnyPython(bdist_wheel):
    """The library does not depend on the version of Python."""

    def get_tag(self):
        return "py3", "none", super().get_tag()[2]


setup(distclass=OfPlatform, cmdclass={"build_py": WithLibrary, "bdist_wheel": AnyPython})
