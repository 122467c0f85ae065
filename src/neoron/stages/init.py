"""A new project, or an Alembic project taken up as it is."""

from __future__ import annotations

import configparser
import json
from pathlib import Path

from neoron.config import FILE_NAME
from neoron.engines.url import parse_url
from neoron.errors import UsageError

_MODELS = '''"""The tables of this application, as SQLAlchemy sees them."""

from sqlalchemy import MetaData

# Names for all constraints, so that a later migration can drop them on every engine.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
'''


def init(folder: Path, *, with_models: bool) -> list[Path]:
    """Write a project's files into a folder; `alembic.ini` in it makes the settings point at its versions.

    Changes: the folder.
    Raises: UsageError when it is a project already, or cannot be written.
    """
    if (folder / FILE_NAME).exists():
        raise UsageError("this is a project already", where=str(folder / FILE_NAME), next="neoron migrations list")
    ini = folder / "alembic.ini"
    files = _adopted(folder, ini) if ini.is_file() else _fresh(with_models=with_models)
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            path = folder / name
            if text is None:
                path.mkdir(parents=True, exist_ok=True)
            elif not path.exists():
                path.write_text(text, encoding="utf-8")
                written.append(path)
    except OSError as error:
        raise UsageError(f"cannot write {error.filename}: {error.strerror}") from None
    return written


def _fresh(*, with_models: bool) -> dict[str, str | None]:
    models = 'models = "models:metadata"\n' if with_models else ""
    settings = (
        f'[project]\n{models}migrations = "migrations"\nvalidations = "validations"\n\n'
        '[environments.dev]\nurl = "sqlite:///neoron.db"\n'
    )
    files: dict[str, str | None] = {FILE_NAME: settings, "migrations": None, "validations": None}
    if with_models:
        files["models.py"] = _MODELS
    return files


def _adopted(folder: Path, ini: Path) -> dict[str, str | None]:
    parser = configparser.ConfigParser(defaults={"here": str(folder)})
    try:
        parser.read(ini, encoding="utf-8")
        location = parser.get("alembic", "script_location")
        url = parser.get("alembic", "sqlalchemy.url", fallback="")
        versions = parser.get("alembic", "version_locations", fallback="").split()
    except (configparser.Error, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read alembic.ini: {type(error).__name__}", where=str(ini)) from None
    path = Path(versions[0] if versions else f"{location}/versions")
    try:
        migrations = (folder / path).resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        raise UsageError(f"the versions folder {path} is outside the project", where=str(ini)) from None
    settings = (
        f"[project]\nmigrations = {json.dumps(migrations)}\nalembic = true  # keep alembic_version true\n\n"
        f"[environments.dev]\n{_url_line(url)}\n"
    )
    return {FILE_NAME: settings}


def _url_line(url: str) -> str:
    """The URL, unless it holds a password: that stays where it is and out of a second file."""
    try:
        has_password = bool(url) and bool(parse_url(url).password)
    except UsageError:
        has_password = True
    if not url or has_password or url.startswith("driver://"):
        return 'url_env = "DATABASE_URL"'
    scheme, _, rest = url.partition("://")
    return f"url = {json.dumps(scheme.partition('+')[0] + '://' + rest)}"
