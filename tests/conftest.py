"""The fixtures of all tests live in the modules named here, one subject each."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

pytest_plugins = [
    "fix_environment", "fix_mariadb", "fix_oracle", "fix_postgres", "fix_project",
    "fix_archiving", "fix_mysql_server", "fix_s3", "fix_sqlserver", "fix_tsql", "fix_tds", "fix_engines",
]  # fmt: skip
