"""Check T-SQL offline with Microsoft's own parser (ScriptDom) and schema compiler (DacFx).

    python -m tsql_check FILE.sql... [--compile] [--diff-from OLD.sql ...] [--target 150] [--json]

Default     syntax only: every file, GO batches and literal EXEC(N'...') text included.
--compile   the files, in order, are one migration chain: schema statements are folded into a
            DacFx model one by one, everything else is name-bound against the schema as it
            stood when its batch started (a column added earlier in the same batch is unknown,
            as on a server).
--diff-from implies --compile; also prints DacFx's publish script from the schema of the OLD
            files to the schema of FILE..., and fails when the two differ.

Exit 0 clean, 1 findings (warnings and notes alone do not count), 2 cannot run.

Three wheels are needed for the files they carry (their Python code is not run), and libicu:
    pip install --no-deps mssql-cli==1.0.0 pythonnet==3.2.1 pymssql==2.4.6
    apt-get install -y libicu72          # Debian 12; only --compile needs it
mssql-cli has the .NET Core 2.2 runtime, ScriptDom and DacFx; pythonnet the bridge; pymssql the
OpenSSL 1.1 from which that old runtime takes random numbers (only --compile needs it).

Limits: SQL Server 2019 syntax at most.  Not seen: INSERT arity, type clashes, GROUP BY rules,
unknown built-in functions, type sizes, run-time state.  sys.*, INFORMATION_SCHEMA, sp_*, xp_* and
#temp names are never reported.  A file with a syntax error adds nothing to the chain.

As a library: parse(text) and Chain().add(text, name).finish(), both giving Findings; CannotRun
is raised where a test should skip.
"""
from __future__ import annotations

import argparse
import json
import sys

from tsql_check.chain import Chain
from tsql_check.runtime import CannotRun
from tsql_check.syntax import parse


def _read(path):
    with open(path, encoding="utf-8-sig", newline="") as f:
        return f.read()


def main(argv=None):
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("files", nargs="+", metavar="FILE.sql")
    cli.add_argument("--compile", action="store_true")
    cli.add_argument("--diff-from", action="append", metavar="OLD.sql")
    cli.add_argument("--target", default="150", help="T-SQL level: 100 to 150 (SQL Server 2008 to 2019)")
    cli.add_argument("--json", action="store_true")
    args = cli.parse_args(argv)
    operations, script = [], ""
    try:
        if args.compile or args.diff_from:
            chain = Chain(args.target)
            for path in args.files:
                chain.add(_read(path), path)
            findings = chain.finish()
            if args.diff_from:
                old = Chain(args.target)
                for path in args.diff_from:
                    old.add(_read(path), path)
                findings += old.finish()
                operations, script = chain.changes_from(old)
        else:
            findings = [f for path in args.files for f in parse(_read(path), path, args.target)]
    except (CannotRun, OSError, UnicodeDecodeError) as e:
        print(f"tsql_check: cannot run: {e}", file=sys.stderr)
        return 2
    if args.json:
        found = [vars(f) for f in findings]
        print(json.dumps({"findings": found, "operations": operations, "script": script}, indent=1))
    else:
        for line in [*findings, *operations, *([script] if operations else [])]:
            print(line)
    return int(bool(operations) or any(f.severity == "error" for f in findings))


if __name__ == "__main__":
    sys.exit(main())
