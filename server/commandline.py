"""The command `rapport`."""

import asyncio
import contextlib
import dataclasses
import json
import os
import secrets
import socket
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

import click
from pydantic import ValidationError
from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from scoring.rubric import SUBSCORES
from server import launching
from server.settings import Settings

LABELS = {name: name.replace("_", " ").capitalize() for name in SUBSCORES}
terminal = Console(stderr=True)
BENCHMARKS = (
    *("live", "capacity", "soak", "analyse", "hearing", "seeing", "disturbed", "memory", "room", "scoring"),
)


class Complaint(click.ClickException):
    """Something the user can mend: one line, exit code 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Print the line."""
        click.echo(f"rapport: {self.message}", err=True)


def settings() -> Settings:
    """The settings of the environment. Raises Complaint naming the variable that does not hold."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "RAPPORT_" + "_".join(map(str, first["loc"])).upper()
        raise Complaint(f"{name}: {first['msg']}") from None


json_option = click.option(
    "--json", "json_file", type=click.Path(path_type=Path), help="Write snapshots, events and report here."
)


@click.group()
def main() -> None:
    """Rapport, a real-time interview coach."""


@main.command()
def serve() -> None:
    """Start the server; prints the address to open."""
    import uvloop
    from aiohttp import web

    from models.registry import ModelError
    from scoring.rubric import RubricError
    from server import logs
    from server.app import create_app

    chosen = settings()
    logs.configure(chosen.log_format)
    # the default of 5 ms lets a worker thread keep the interpreter from the event loop too long
    sys.setswitchinterval(0.0003)
    terminal.print("Loading models …")
    listener = socket.socket(socket.AF_INET6 if ":" in chosen.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((chosen.host, chosen.port))
    except OSError as error:
        raise Complaint(
            f"cannot listen on {chosen.host}:{chosen.port} ({error.strerror}); set another RAPPORT_PORT"
        ) from None
    try:
        app = create_app(chosen)
    except (ModelError, RubricError, ValueError, OSError) as error:
        raise Complaint(str(error)) from None
    host, port = listener.getsockname()[:2]

    async def announce(_: web.Application) -> None:
        click.echo(f"\n  Rapport is ready. Open http://{host}:{port}/?token={chosen.token}\n")

    app.on_startup.append(announce)
    loop = uvloop.new_event_loop()
    web.run_app(app, sock=listener, print=None, access_log=None, shutdown_timeout=10, loop=loop)


@main.command()
@click.argument("media", type=click.Path(path_type=Path))
@click.option("--url", help="Address of a running server, with its token; else one is started.")
@json_option
def rehearse(media: Path, url: str | None, json_file: Path | None) -> None:
    """Stream MEDIA as a candidate in real time and show the live feedback and the report."""
    from client.headless import HeadlessClient, Refused
    from client.headless import rehearse as stream
    from sessions.questions import FREE

    opened = _open(media)
    told = _Told()

    async def run(address: str, token: str, loopback: bool) -> dict[str, Any]:
        with Live(get_renderable=told.table, console=terminal, refresh_per_second=4):
            async with HeadlessClient(address, token, told.hear, loopback) as client:
                video = opened.video() if opened.has_video else None
                audio = opened.microphone() if opened.has_audio else None
                return await stream(client, video, audio, title=media.name[:120], question_set=FREE.id)

    try:
        if url:
            parts = urlsplit(url)
            token = parse_qs(parts.query).get("token", [""])[0]
            address = urlunsplit((parts.scheme, parts.netloc, "/", "", ""))
            report = asyncio.run(run(address, token, parts.hostname in ("127.0.0.1", "localhost")))
        else:
            with _launched() as (address, token):
                report = asyncio.run(run(address, token, True))
    except Refused as error:
        raise Complaint(str(error)) from None
    except OSError as error:
        raise Complaint(f"cannot reach the server: {error}") from None
    _hand_over(report, told.snapshots, told.events, json_file)


@main.command()
@click.argument("media", type=click.Path(path_type=Path))
@json_option
@click.option("--question", help="The question that MEDIA answers: an id of the bank, or its text.")
def analyse(media: Path, json_file: Path | None, question: str | None) -> None:
    """Analyse MEDIA as fast as it goes and show the report."""
    opened = _open(media)
    from models.registry import ModelError
    from scoring.rubric import RubricError, load
    from sessions.analysis import analyse as run
    from sessions.own_questions import BadList, read
    from sessions.perception import Perception
    from sessions.questions import FREE, bank
    from sessions.store import SessionRecord, Store

    chosen = settings()
    if question and question not in bank() and len(question.split()) == 1:
        raise Complaint(
            f"{question[:80]!r} is no question of the bank: ids look like {next(iter(bank()))!r},"
            " or give the question's text in full."
        )
    try:
        asked = ((bank()[question],) if question in bank() else read([question])) if question else None
    except BadList as error:
        raise Complaint(str(error)) from None
    record = SessionRecord.new(media.name[:120], FREE.id, "all", source="file", questions=asked)
    try:
        with terminal.status("Loading models …"):
            perception, rubric = Perception(chosen.models), load(chosen.rubric)
    except (ModelError, RubricError) as error:
        raise Complaint(str(error)) from None
    columns = (
        TextColumn("Analysing"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=terminal) as bar:
        task = bar.add_task("analyse", total=opened.duration or None)
        try:
            analysis = run(opened, perception, rubric, record, lambda t: bar.update(task, completed=t))
        except ModelError as error:
            raise Complaint(str(error)) from None
        finally:
            perception.close()
    store = Store(chosen.database)
    store.create(record)
    store.append(record.id, analysis.timeline)
    store.finalise(record, analysis.report)
    store.close()
    _hand_over(analysis.report, analysis.snapshots, analysis.events, json_file)


@main.command()
def sessions() -> None:
    """List the stored sessions, newest first."""
    table = Table("Session", "When", "Title", "Length", "Overall", *LABELS.values(), box=None)
    with _store() as store:
        found = store.sessions()
    for row in found:
        scores = [
            _points(row["subscores"].get(name)) + _likely(row["intervals"].get(name)) for name in LABELS
        ]
        overall = _points(row["overall"]) + _likely(row["interval"])
        length = "live" if row["duration_s"] is None else _clock(row["duration_s"])
        table.add_row(
            *(row["id"], row["created"][:16].replace("T", " "), row["title"], length, overall),
            *scores,
        )
    if found:
        Console(width=None if sys.stdout.isatty() else 160).print(table)
    else:
        click.echo("No sessions yet. Start one with `rapport serve` or `rapport rehearse MEDIA`.")


@main.command()
@click.argument("session")
@click.option("--format", "form", type=click.Choice(["json", "html"]), default="json", show_default=True)
@click.option("--pdf", "pdf_file", type=click.Path(path_type=Path), help="Write it as PDF here instead.")
def report(session: str, form: str, pdf_file: Path | None) -> None:
    """Print the report of SESSION; HTML is one file that needs nothing else."""
    from sessions.advising import advice_on

    with _store() as store:
        found = store.report(session)
        advice = advice_on(store, found) if found else {}
    if found is None:
        raise Complaint(f"there is no report of a session {session!r}; `rapport sessions` lists them")
    if pdf_file:
        from server.printing import CannotPrint, pdf

        try:
            with terminal.status("Printing …"):
                printed = pdf(found, advice)
            pdf_file.write_bytes(printed)
        except CannotPrint as error:
            raise Complaint(str(error)) from None
        except OSError as error:
            raise Complaint(f"{pdf_file}: {error.strerror}") from None
    elif form == "html":
        from server.standalone import standalone

        click.echo(standalone(found, advice))
    else:
        click.echo(json.dumps(found, indent=1, ensure_ascii=False))


@main.command()
@click.argument("session")
@click.option("--rubric", "rubric_file", required=True, help="A rubric's file, or practice or content-only.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the new report here.")
def rescore(session: str, rubric_file: str, json_file: Path | None) -> None:
    """Score SESSION again under another rubric; the report that it has stays."""
    from scoring.rubric import BUNDLED, RubricError, load
    from sessions.rescoring import NotRescored
    from sessions.rescoring import rescore as score_again

    try:
        rubric = load(BUNDLED.get(rubric_file, rubric_file))
    except RubricError as error:
        raise Complaint(str(error)) from None
    with _store() as store:
        try:
            found = score_again(store, session, rubric)
        except NotRescored as error:
            raise Complaint(str(error)) from None
    _write(json_file, json.dumps(found, ensure_ascii=False))
    click.echo(summary(found))


@main.command()
@click.argument("session")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def export(session: str, folder: Path) -> None:
    """Write everything that is stored of SESSION into FOLDER, the recording decrypted."""
    from server.bundle import files
    from sessions.recording import Recordings
    from sessions.sealed import BadKey, Damaged, WrongKey

    chosen = settings()
    with _store() as store:
        record, found = store.record(session), store.report(session)
        if record is None or found is None:
            raise Complaint(f"there is no report of a session {session!r}; `rapport sessions` lists them")
        try:
            recordings = Recordings(chosen.recordings, chosen.load_recording_key())
            folder.mkdir(parents=True, exist_ok=True)
            for name, content in files(store, recordings, record, found):
                with (folder / name).open("wb") as file:
                    file.writelines(content())
                click.echo(folder / name)
        except (BadKey, WrongKey, Damaged) as error:
            raise Complaint(f"the recording cannot be read: {error or type(error).__name__}") from None
        except OSError as error:
            raise Complaint(f"{error.filename or folder}: {error.strerror}") from None


@main.group(invoke_without_command=True)
@click.pass_context
def models(context: click.Context) -> None:
    """Show each model: purpose, source, licence, whether it is here, checksum."""
    if context.invoked_subcommand:
        return
    from models import registry

    table = Table("Model", "Purpose", "Status", "Licence", "Source", "SHA-256", box=None)
    wanted = settings()
    for model in [*registry.models(wanted.model_folder), *registry.chosen(wanted.models)]:
        info, checksum = model.info, (model.sha256 or "")[:16]
        status = "damaged" if model.intact is False else model.status
        table.add_row(info.name, info.purpose, status, info.licence, info.source, checksum)
    Console(width=None if sys.stdout.isatty() else 200).print(table)
    if wanted.expression_model:
        from models.vision.expression_model import ExpressionModel

        try:
            ExpressionModel(wanted.expression_model)
        except registry.ModelError as error:
            raise Complaint(str(error)) from None


@models.command()
@click.argument("name")
def pull(name: str) -> None:
    """Fetch the model NAME."""
    from models import registry

    try:
        with terminal.status(f"Fetching {name} …"):
            place = registry.pull(name, settings().model_folder)
    except registry.ModelError as error:
        raise Complaint(str(error)) from None
    click.echo(f"{name} lies in {place}")


@main.command()
@click.argument("name")
@click.option(
    "--data", type=click.Path(path_type=Path, exists=True), help="Folder with recordings and ground truth."
)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the figures here.")
def bench(name: str, data: Path | None, json_file: Path | None) -> None:
    """Run the benchmark NAME of a source checkout.

    There are live, capacity, soak, analyse, hearing, seeing, disturbed, memory, room and scoring.
    """
    root = Path(__file__).parent.parent
    if name not in BENCHMARKS or not (root / "tests" / "bench").is_dir():
        raise Complaint(f"benchmarks are {', '.join(BENCHMARKS)}, and run in a source checkout")
    sys.path.insert(0, str(root))
    from importlib import import_module

    default = root.parent / "shared" / "data"
    figures = import_module(f"tests.bench.{name}").run(data or (default if default.exists() else None))
    text = json.dumps(figures, indent=1)
    _write(json_file, text)
    click.echo(text)


# --- shared by the commands


def _open(media: Path) -> Any:
    from sessions.media import BadMedia, open_media

    try:
        return open_media(media)
    except BadMedia as error:
        raise Complaint(str(error)) from None


@contextlib.contextmanager
def _store() -> Iterator[Any]:
    from sessions.store import Store

    store = Store(settings().database)
    try:
        yield store
    finally:
        store.close()


@contextlib.contextmanager
def _launched() -> Iterator[tuple[str, str]]:
    """A server of its own in another process, media on loopback; its address and owner token."""
    token, port = secrets.token_urlsafe(24), launching.free_port()
    own = {
        "RAPPORT_HOST": "127.0.0.1",
        "RAPPORT_PORT": str(port),
        "RAPPORT_TOKEN": token,
        "RAPPORT_ICE_HOSTS": "127.0.0.1",
    }
    url = f"http://127.0.0.1:{port}"
    try:
        with terminal.status("Starting a server …"):
            process = launching.start(url, {**os.environ, **own})
    except launching.NotStarted as error:
        raise Complaint(f"{error}; what it said is above") from None
    try:
        yield f"{url}/", token
    finally:
        launching.end(process)


@dataclasses.dataclass
class _Told:
    """What a session told its client, and how it looks in a terminal."""

    snapshots: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    events: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    words: dict[int, str] = dataclasses.field(default_factory=dict)
    nudge: str = ""
    question: str = ""

    def hear(self, kind: str, data: dict[str, Any]) -> None:
        if kind == "snapshot":
            self.snapshots.append(data)
            return
        if kind in ("ping", "pong"):
            return
        self.events.append({"type": kind, "data": data})
        if kind == "caption":
            self.words[data["utterance"]] = " ".join(word["text"] for word in data["words"])
        elif kind == "nudge":
            self.nudge = data["text"]
        elif kind == "question":
            self.question = data["text"]

    def table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        latest = self.snapshots[-1] if self.snapshots else None
        table.add_row("Time", _clock(latest["t"]) if latest else "connecting …")
        table.add_row("Question", self.question)
        for name, label in LABELS.items():
            score = latest["subscores"][name]["score"] if latest else None
            bar = "" if score is None else "█" * round(score / 4)
            table.add_row(label, f"{_points(score):>3} {bar}")
        table.add_row("Said", " ".join(list(self.words.values())[-2:])[-160:])
        table.add_row("Nudge", self.nudge)
        return table


def _hand_over(
    found: dict[str, Any],
    snapshots: list[dict[str, Any]],
    events: list[dict[str, Any]],
    json_file: Path | None,
) -> None:
    body = {"snapshots": snapshots, "events": events, "report": found}
    _write(json_file, json.dumps(body, ensure_ascii=False))
    click.echo(summary(found))


def _write(file: Path | None, text: str) -> None:
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n", "utf-8")


def summary(found: dict[str, Any]) -> str:
    """A report as a few lines of text."""
    lines = [f"Session {found['session']['id']}, {_clock(found['session']['duration_s'])}"]
    parts = {
        "Overall": found["overall"],
        **{label: found["subscores"][key] for key, label in LABELS.items()},
    }
    for label, part in parts.items():
        reason = part["reason"] or f"{part['coverage']:.0%} of the evidence observed"
        lines.append(f"  {label:<16}{_points(part['score']):>4}{_likely(part['interval']):<12} {reason}")
    for title, key in (("Keep", "strengths"), ("Work on", "improvements")):
        lines += [f"  {title}: {entry['text']}" for entry in found[key]]
    said = " ".join(utterance["text"] for utterance in found["transcript"])
    return "\n".join([*lines, f"  Said: {said}" if said else "  Nothing was said."])


def _points(score: float | None) -> str:
    return "–" if score is None else f"{score:.0f}"


def _likely(interval: Sequence[float] | None) -> str:
    return f" ({interval[0]:.0f} to {interval[1]:.0f})" if interval else ""


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


if __name__ == "__main__":
    main()
