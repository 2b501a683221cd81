"""A report as one HTML file that needs nothing else: the report page with all that it loads put inside."""

import json
import re
from typing import Any

from server.files import APP_FILES, PLOTLY_FILE

MODULES = (
    "common.js",
    "api.js",
    "figures.js",
    "actions.js",
    "answers.js",
    "expressions.js",
    "interview.js",
    "observed.js",
    "rescoring.js",
    "scores.js",
    "waterfall.js",
    "advice.js",
    "charts.js",
    "player.js",
    "transcript.js",
    "replay.js",
    "report.js",
)
"""The report page's modules, each after those that it imports. Put together they are one, so that no two may
declare the same name."""


def standalone(report: dict[str, Any], advice: dict[str, Any]) -> str:
    """The report page with its styles, its modules, the charts' library and the data inside.

    `advice` is as in scoring/advice.schema.json.
    """
    page = (APP_FILES / "report.html").read_text("utf-8")
    page = re.sub(r'\s*<link rel="(icon|modulepreload)"[^>]*>', "", page)
    page = re.sub(r'\s*<header class="page-header site-only">.*?</header>', "", page, flags=re.DOTALL)
    page = re.sub(
        r'<link rel="stylesheet" href="/static/([\w.-]+)">',
        lambda found: f"<style>\n{(APP_FILES / found[1]).read_text('utf-8')}</style>",
        page,
    )
    data = json.dumps({"report": report, "advice": advice})
    inside = "\n".join(
        (
            f'<script type="application/json" id="report-data">{_in_script(data)}</script>',
            f"<script>{_in_script(PLOTLY_FILE.read_text('utf-8'))}</script>",
            f'<script type="module">{_in_script(script())}</script>',
        )
    )
    page = page.replace('  <script type="module" src="/static/report.js"></script>\n', "")
    return page.replace("</body>", f"{inside}\n</body>")


def script() -> str:
    """The page's modules as one that imports nothing."""
    return "\n".join(
        re.sub(r"^(import\s[^;]*;\n|export )", "", (APP_FILES / name).read_text("utf-8"), flags=re.MULTILINE)
        for name in MODULES
    )


def _in_script(text: str) -> str:
    # the end of a script element is looked for before its content is (HTML Standard, 4.12.1.3)
    # as \u003c the character means the same in JSON and in a string of JavaScript
    return re.sub(r"<(?=/script|!--)", r"\\u003c", text, flags=re.IGNORECASE)
