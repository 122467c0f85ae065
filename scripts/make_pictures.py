"""Write docs/pictures/ from a real run: `python scripts/make_pictures.py`.

Needs the `neoron` of this Python, and Chromium for the picture of the report. The run happens in a temporary folder;
the folder's path, the user and the host are shown under other names, all else is as printed.
"""

from __future__ import annotations

import os
import pty
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
WIDTH = 104
ROWS = "100000"
FOLDER, USER, HOST = "/srv/chat", "ada", "db1"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LARGEST_BYTES = 300_000
THEME = TerminalTheme(
    (22, 27, 34), (201, 209, 217),
    [(72, 79, 88), (255, 123, 114), (63, 185, 80), (210, 153, 34), (88, 166, 255), (188, 140, 255), (57, 197, 207),
     (177, 186, 196)],
    [(110, 118, 129), (255, 161, 152), (86, 211, 100), (227, 179, 65), (121, 192, 255), (210, 168, 255),
     (86, 212, 221), (240, 246, 252)],
)  # fmt: skip
# Rich's own frame takes its font from another site; a picture in a repository cannot.
FRAME = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "Fira Code", "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-family: ui-sans-serif, system-ui, sans-serif; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def main() -> None:
    """Run the demo once and make both pictures of it."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="neoron-picture-") as made:
        folder = Path(made)
        demo = _typed(folder, "demo", "--rows", ROWS)
        shop = folder / "neoron-demo"
        _typed(shop, "rollback", "--yes")
        deploy = _typed(shop, "deploy")
        _draw_terminal(folder, f"$ neoron demo\n{demo}\n$ cd neoron-demo && neoron deploy\n{deploy}")
        _draw_report(folder, max((shop / ".neoron" / "reports").glob("*.html")))


def _typed(folder: Path, *words: str) -> str:
    """What a terminal shows of one command's result; notes and progress are left out."""
    reader, writer = pty.openpty()
    settings = {**os.environ, "COLUMNS": str(WIDTH), "TERM": "xterm-256color", "LOGNAME": USER}
    settings.pop("NO_COLOR", None)
    command = [sys.executable, "-m", "neoron", *words]
    process = subprocess.Popen(command, cwd=folder, env=settings, stdout=writer, stderr=subprocess.DEVNULL)
    os.close(writer)
    printed = bytearray()
    while True:
        try:
            part = os.read(reader, 65_536)
        except OSError:  # a Linux terminal that nobody holds any more
            break
        if not part:
            break
        printed += part
    os.close(reader)
    if process.wait():
        raise SystemExit(f"neoron {' '.join(words)} ended with {process.returncode}")
    return printed.decode().replace("\r\n", "\n")


def _renamed(text: str, folder: Path) -> str:
    text = text.replace(str(folder), FOLDER)
    return re.sub(rf"\b{re.escape(socket.gethostname())}\b", HOST, text)


def _draw_terminal(folder: Path, text: str) -> None:
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True, color_system="truecolor")
        for line in _renamed(text, folder).splitlines():
            shown = Text.from_ansi(line)
            console.print(Text(line, style="bold bright_cyan") if line.startswith("$ ") else shown, no_wrap=True)
    svg = console.export_svg(title="neoron", theme=THEME, code_format=FRAME, unique_id="neoron")
    (PICTURES / "demo.svg").write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", encoding="utf-8")


def _draw_report(folder: Path, page: Path) -> None:
    """The report's first screen, at two pixels for one."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise SystemExit("no Chromium here: docs/pictures/report.png stays as it is")
    copy = folder / "report.html"
    copy.write_text(_renamed(page.read_text(encoding="utf-8"), folder), encoding="utf-8")
    picture = PICTURES / "report.png"
    subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=2",
         "--window-size=1000,668", f"--screenshot={picture}", copy.as_uri()],
        check=True, capture_output=True,
    )  # fmt: skip
    if picture.stat().st_size > LARGEST_BYTES:
        raise SystemExit(f"{picture.name} has {picture.stat().st_size:,} bytes; {LARGEST_BYTES:,} is the most")


if __name__ == "__main__":
    main()
