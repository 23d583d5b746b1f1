"""The shared library behind the package: finds it, loads it, and turns its errors into exceptions (src/IlgpuBnn.Native/ilgpubnn.h says what its functions do)."""

import contextlib
import ctypes
import os
import platform
import sys
import threading

import numpy as np


class SurrogateError(Exception):
    """The library refused or failed; the message says what was found and what to do."""


class InvalidInputError(SurrogateError, ValueError):
    """A value, an option or a shape cannot be used."""


class ModelFileError(SurrogateError, OSError):
    """A model file could not be read or written."""


class TrainingCancelled(SurrogateError):
    """Training was stopped from another thread or by its progress callback."""


class TrainingDivergedError(SurrogateError, ArithmeticError):
    """A gradient was not finite."""


class OutOfMemoryError(SurrogateError, MemoryError):
    """The table or the ensemble does not fit in memory."""


_ERRORS = {1: InvalidInputError, 2: ModelFileError, 3: TrainingCancelled, 4: TrainingDivergedError, 5: OutOfMemoryError}

PROGRESS = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_double, ctypes.c_void_p)
_DOUBLES = ctypes.POINTER(ctypes.c_double)
_TABLE = (_DOUBLES, ctypes.c_int64, ctypes.c_int)
_SIGNATURES = {
    "version": (ctypes.c_char_p,),
    "last_error": (ctypes.c_char_p,),
    "last_status": (ctypes.c_int,),
    "fit": (ctypes.c_void_p, _DOUBLES, _DOUBLES, ctypes.c_int64, ctypes.c_int, ctypes.c_int, ctypes.c_char_p, PROGRESS, ctypes.c_void_p),
    "load": (ctypes.c_void_p, ctypes.c_char_p),
    "save": (ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p),
    "describe": (ctypes.c_void_p, ctypes.c_void_p),
    "predict": (ctypes.c_int, ctypes.c_void_p, *_TABLE, _DOUBLES, _DOUBLES, _DOUBLES),
    "quantiles": (ctypes.c_int, ctypes.c_void_p, *_TABLE, _DOUBLES, ctypes.c_int, _DOUBLES),
    "sample": (ctypes.c_int, ctypes.c_void_p, *_TABLE, ctypes.c_int, ctypes.c_int, _DOUBLES),
    "free": (None, ctypes.c_void_p),
    "free_text": (None, ctypes.c_void_p),
}

_functions = None
_process = None


def function(name):
    """A function of the library, loaded at the first call."""
    global _functions, _process
    if _functions is None:
        _functions, _process = _load(), os.getpid()
    if _process != os.getpid():
        raise SurrogateError(
            "This process was forked from one that uses ilgpubnn, whose threads do not survive a fork. Start processes with "
            'multiprocessing.get_context("spawn"), or joblib with its default "loky".'
        )
    return _functions[name]


def check(status):
    """Raises the error of this thread's last call, if it failed."""
    if status:
        raise_last()


def raise_last():
    message = function("last_error")().decode()
    raise _ERRORS.get(function("last_status")(), SurrogateError)(message)


def doubles(array):
    """A pointer to an array of contiguous doubles; NULL for None."""
    return None if array is None else array.ctypes.data_as(_DOUBLES)


def table(array):
    """The arguments of a table: pointer, rows, columns."""
    return doubles(array), array.shape[0], array.shape[1]


def text(pointer):
    """A text of the library, which is freed."""
    if not pointer:
        raise_last()
    try:
        return ctypes.string_at(pointer).decode()
    finally:
        function("free_text")(pointer)


class Model:
    """A trained model of the library, freed with this object."""

    def __init__(self, handle):
        if not handle:
            raise_last()
        self._handle, self._free, self._owner = handle, function("free"), os.getpid()

    def __del__(self):
        # Not in a forked process: the memory is the parent's, and there are no threads to call.
        if getattr(self, "_handle", None) and self._owner == os.getpid():
            self._free(self._handle)
            self._handle = None

    @classmethod
    def load(cls, path):
        return cls(function("load")(os.fsencode(path)))

    def save(self, path):
        check(function("save")(self._handle, os.fsencode(path)))

    def describe(self):
        return text(function("describe")(self._handle))

    def predict(self, inputs, targets, sd, aleatoric_sd):
        """Mean, sd, aleatoric sd, each [row, target]; None for those not asked for."""
        shape = (len(inputs), targets)
        results = [np.empty(shape), np.empty(shape) if sd else None, np.empty(shape) if aleatoric_sd else None]
        check(function("predict")(self._handle, *table(inputs), *map(doubles, results)))
        return results

    def quantiles(self, inputs, targets, probabilities):
        """[probability, row, target]."""
        result = np.empty((len(probabilities), len(inputs), targets))
        check(function("quantiles")(self._handle, *table(inputs), doubles(probabilities), len(probabilities), doubles(result)))
        return result

    def sample(self, inputs, targets, count, seed):
        """[draw, row, target]."""
        result = np.empty((count, len(inputs), targets))
        check(function("sample")(self._handle, *table(inputs), count, seed, doubles(result)))
        return result


def fit(inputs, targets, options, progress):
    """Trains a model. Ctrl-C, and whatever the callback raises, stops the training and comes back to the caller.

    progress: called with (iterations done, iterations at most, best score or nan), or None.
    """
    raised = []
    latest = [None]

    # Python looks for signals when it runs this, which the library calls some times a second on this very thread.
    def call(completed, total, score, _):
        try:
            if not raised and progress is not None and total > 0 and completed != latest[0]:
                latest[0] = completed
                progress(completed, total, score)
        except BaseException as error:
            raised.append(error)
        return len(raised)

    with _signals_of(call, raised):
        handle = function("fit")(doubles(inputs), doubles(targets), *inputs.shape, targets.shape[1], options.encode(), PROGRESS(call), None)
    if raised:
        if handle:
            function("free")(handle)
        raise raised[0]
    return Model(handle)


@contextlib.contextmanager
def _signals_of(callback, raised):
    """Keeps what a signal's handler raises, such as KeyboardInterrupt, as a callback begins, before it can catch anything: ctypes would print and forget it."""
    before = sys.unraisablehook

    def keep(unraisable):
        if unraisable.object is callback:
            raised.append(unraisable.exc_value)
        else:
            before(unraisable)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    sys.unraisablehook = keep
    try:
        yield
    finally:
        sys.unraisablehook = before


def _load():
    _require_processor()
    path = os.environ.get("ILGPUBNN_LIBRARY") or os.path.join(os.path.dirname(__file__), _file_name())
    try:
        library = ctypes.CDLL(path)
    except OSError as error:
        raise SurrogateError(
            f"The shared library {path} could not be loaded ({error}). Install the wheel for this platform, or name the library, as "
            '"dotnet publish src/IlgpuBnn.Native" builds it, in the environment variable ILGPUBNN_LIBRARY.'
        ) from error
    functions = {}
    for name, (result, *arguments) in _SIGNATURES.items():
        own = getattr(library, f"ilgpubnn_{name}")
        own.restype, own.argtypes = result, arguments
        functions[name] = own
    return functions


def _file_name():
    return {"win32": "ilgpubnn.dll", "darwin": "libilgpubnn.dylib"}.get(sys.platform, "libilgpubnn.so")


def _require_processor():
    """The library would end the process on a processor that it was not compiled for."""
    if platform.machine() not in ("x86_64", "AMD64") or not os.path.exists("/proc/cpuinfo") or os.environ.get("ILGPUBNN_LIBRARY"):
        return
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        flags = next((line for line in file if line.startswith("flags")), "flags: avx2").split()
    if "avx2" not in flags:
        raise SurrogateError(
            "This processor has no AVX2, for which the shared library of ilgpubnn is compiled. Build one for it with "
            '"dotnet publish src/IlgpuBnn.Native -c Release -r linux-x64 -p:IlcInstructionSet=x86-64-v2", and name it in the environment variable '
            "ILGPUBNN_LIBRARY."
        )
