"""A report as PDF, printed by the Chromium of this machine from the report's single HTML file."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from server.standalone import standalone

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
TIMEOUT_S = 120.0
"""Enough for a report of an hour on a busy machine."""
WINDOW = "1000,1400"
"""Pixels; print.css fits what is drawn in a window of this width onto paper."""
DRAWN_MS = 15_000
"""Time on the page's own clock, which runs as fast as it can, within which charts must have been drawn."""
OFFLINE = (
    # every address leads to a port that nobody listens on, those of this machine too
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
)


class CannotPrint(Exception):
    """No PDF could be made; says why and what helps."""


def pdf(report: dict[str, Any], advice: dict[str, Any], timeout_s: float = TIMEOUT_S) -> bytes:
    """The report with its advice on A4 pages. Takes some seconds, at low priority. Raises CannotPrint."""
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        raise CannotPrint(
            "PDF is printed by Chromium, which this machine does not have: apt-get install chromium,"
            " or print the report’s page in your browser."
        )
    with tempfile.TemporaryDirectory(prefix="rapport-", ignore_cleanup_errors=True) as folder:
        page, made = Path(folder, "report.html"), Path(folder, "report.pdf")
        page.write_text(standalone(report, advice), "utf-8")
        said = _run(_command(browser, page, made), folder, timeout_s)
        if not made.is_file():
            raise CannotPrint(f"Chromium printed nothing: {said or 'it said nothing either'}.")
        return made.read_bytes()


def _command(browser: str, page: Path, made: Path) -> list[str]:
    # Chromium refuses its sandbox to root; the page is one that was just written here
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return [
        *("nice", "-n", "10", browser, "--headless", *sandbox),
        *("--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars", *OFFLINE),
        f"--user-data-dir={page.parent / 'profile'}",
        f"--window-size={WINDOW}",
        f"--virtual-time-budget={DRAWN_MS}",
        "--no-pdf-header-footer",
        f"--print-to-pdf={made}",
        page.as_uri(),
    ]


def _run(command: list[str], home: str, timeout_s: float) -> str:
    """Run it in a process group of its own; the last line that it said. Raises CannotPrint when it hangs."""
    environment = {**os.environ, "HOME": home, "TMPDIR": home}
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _, said = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        raise CannotPrint(f"Chromium did not finish within {timeout_s:.0f} s.") from None
    finally:
        # its helpers belong to the group and may outlive it
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].strip() if lines else ""
