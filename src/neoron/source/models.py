"""The project's SQLAlchemy metadata, imported from its own folder."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from neoron.errors import UsageError


def load_metadata(project: Path, setting: str, file: str) -> Any:
    """The `MetaData` that `module:attribute` names; a declarative base is taken by its metadata.

    Changes: sys.path gains the project's folder while the module is imported.
    Raises: UsageError naming the setting and what went wrong.
    """
    if not setting:
        raise UsageError(
            "no models to compare with", where=file,
            next="set `models = \"package.module:metadata\"` under [project], or use --empty",
        )  # fmt: skip
    module_name, _, attribute = setting.partition(":")
    sys.path.insert(0, str(project))
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # noqa: BLE001 - any error of the user's models becomes one line
        text = " ".join(str(error).split())
        raise UsageError(f"cannot import `{module_name}`: {type(error).__name__}: {text}", where=file) from None
    finally:
        sys.path.remove(str(project))
    value = getattr(module, attribute or "metadata", None)
    metadata = getattr(value, "metadata", value)
    if not hasattr(metadata, "sorted_tables"):
        raise UsageError(f"`{setting}` is not SQLAlchemy metadata", where=file)
    return metadata
