"""Many runs of Neoron, each of which may be made to die: the caller's side of run_driver."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.all_engines import engine_of
from fix_project import ProjectFolder, Ran


@dataclass(frozen=True)
class Forked(Ran):
    """What a forked run did. Shape: exit_code is minus the signal that ended it; calls as in run_driver."""

    calls: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether it did what it was told to, with findings or without."""
        return self.exit_code in (0, 1)


@dataclass
class Driver:
    """Runs `neoron` many times over without paying for its start."""

    process: subprocess.Popen[str]

    def run(
        self, folder: ProjectFolder, *words: str, at: int = 0, when: str = "before", counts: bool = False, uid: int = 0,
        has_files: bool = False,
    ) -> Forked:  # fmt: skip
        """One run; with `at` it is killed before or after that call, with uid it is another user's."""
        trap = None
        if at or counts:
            calls = engine_of(words[words.index("--url") + 1] if "--url" in words else folder.url).traits.kills
            trap = {"calls": calls, "at": at, "when": when, "has_files": has_files}
        return self.together([(folder, words)], trap=trap, uid=uid)[0]

    def together(
        self, runs: Sequence[tuple[ProjectFolder, Sequence[str]]], trap: Mapping[str, Any] | None = None,
        uid: int = 0,
    ) -> list[Forked]:
        """Several runs, started at the same moment; when all have ended."""
        asked = [
            {"folder": str(folder.path), "words": ["--project", str(folder.path), *words], "trap": trap, "uid": uid}
            for folder, words in runs
        ]
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        answers = json.loads(self.process.stdout.readline())
        return [
            Forked(a["exit_code"], a["stdout"], a["stderr"], tuple(words), tuple(a["calls"]))
            for a, (_folder, words) in zip(answers, runs, strict=True)
        ]
