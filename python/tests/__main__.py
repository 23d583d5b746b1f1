"""Runs all tests, and closes with one line of counts: python3 -m tests, with the library in ILGPUBNN_LIBRARY."""

import sys
import unittest

result = unittest.TextTestRunner().run(unittest.defaultTestLoader.discover("tests", top_level_dir="."))
for test, reason in result.skipped:
    print(f"Skipped {test}: {reason}")
failed = len(result.failures) + len(result.errors)
print(f"Failed: {failed}, Passed: {result.testsRun - failed - len(result.skipped)}, Skipped: {len(result.skipped)} - Python")
sys.exit(failed > 0 or result.testsRun == 0)
