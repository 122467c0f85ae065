"""A project as Alembic itself lays it out and runs it: alembic.ini, env.py, revisions with hex ids."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from fix_project import SETTING_PREFIXES

MODELS = """
import sqlalchemy as sa

metadata = sa.MetaData()
sa.Table("users", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("email", sa.String(200)),
         sa.Column("age", sa.Integer))
sa.Table("posts", metadata, sa.Column("id", sa.Integer, primary_key=True),
         sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id", name="fk_posts_users")))
"""

HEADER = '''"""{title}

Revision ID: {revision}
Revises: {parent}
Create Date: 2024-01-01 00:00:00.000000

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = {revision!r}
down_revision: Union[str, Sequence[str], None] = {parent!r}
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    {up}


def downgrade() -> None:
    """Downgrade schema."""
    {down}
'''

REVISIONS = (
    ("8ac02f7d91be", None, "create users",
     "op.create_table('users', sa.Column('id', sa.Integer, primary_key=True), sa.Column('email', sa.String(200)))",
     "op.drop_table('users')"),
    ("1f55d0c3aa07", "8ac02f7d91be", "nothing yet", "pass", "pass"),
    ("c0ffee123456", "1f55d0c3aa07", "create posts",
     "op.create_table('posts', sa.Column('id', sa.Integer, primary_key=True), sa.Column('user_id', sa.Integer,"
     " sa.ForeignKey('users.id', name='fk_posts_users')))",
     "op.drop_table('posts')"),
    ("0aa1b2c3d4e5", "c0ffee123456", "add age", "op.add_column('users', sa.Column('age', sa.Integer))",
     "with op.batch_alter_table('users') as batch:\n        batch.drop_column('age')"),
)  # fmt: skip
FIRST, EMPTY, MIDDLE, HEAD = (revision for revision, *_ in REVISIONS)


@dataclass(frozen=True)
class AlembicProject:
    """A folder in which `alembic` works. Shape: url is Neoron's spelling."""

    path: Path
    url: str

    def alembic(self, *words: str) -> str:
        """Run `alembic WORDS` there; all that it wrote."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(SETTING_PREFIXES)}
        done = subprocess.run(
            [sys.executable, "-m", "alembic", *words], cwd=self.path, capture_output=True, text=True, check=False,
            env=kept,
        )  # fmt: skip
        assert done.returncode == 0, done
        return done.stdout + done.stderr


def lay_out(path: Path) -> None:
    """Let `alembic init` lay out a project, and write four revisions and the models into it."""
    path.mkdir()
    AlembicProject(path, "").alembic("init", "alembic")
    env = path / "alembic" / "env.py"
    models = "import sys\nsys.path.insert(0, '.')\nfrom old_models import metadata as target_metadata\n"
    env.write_text(env.read_text().replace("target_metadata = None\n", models))
    (path / "old_models.py").write_text(MODELS)
    for revision, parent, title, up, down in REVISIONS:
        name = f"{revision}_{title.replace(' ', '_')}.py"
        text = HEADER.format(revision=revision, parent=parent, title=title, up=up, down=down)
        (path / "alembic" / "versions" / name).write_text(text)


def for_target(laid_out: Path, path: Path, url: str) -> AlembicProject:
    """A copy of a laid out project whose alembic.ini names a target."""
    shutil.copytree(laid_out, path)
    ini = path / "alembic.ini"
    theirs = url.replace("postgresql:", "postgresql+psycopg:").replace("%", "%%")
    lines = ini.read_text().splitlines()
    kept = [f"sqlalchemy.url = {theirs}" if line.startswith("sqlalchemy.url") else line for line in lines]
    ini.write_text("\n".join(kept) + "\n")
    return AlembicProject(path, url)
