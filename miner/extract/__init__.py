"""The spaCy rule engine that finds sample sizes, performances and moderators in text.

The package is callable: ``miner.extract(texts)`` is :func:`miner.extract.frame.extract`, whichever of its modules was imported before.
"""

import sys
from types import ModuleType
from typing import Any


class _Callable(ModuleType):
    def __call__(self, *arguments: Any, **options: Any) -> Any:
        from miner.extract.frame import extract

        return extract(*arguments, **options)


sys.modules[__name__].__class__ = _Callable
