"""``hub demo``: a place in a folder of its own, the hub and three partners on ports of their own, and five weeks
played through their protocols."""

import json
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from types import FrameType
from uuid import UUID

import click
from joserfc.jwk import RSAKey
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from connectors.addresses import AddressPolicy
from connectors.http import HttpClient
from hub.cli._process import finish, leave_out_of_collections, start_workers
from hub.cli.serve import proxy_options
from hub.db.directory import Installation
from hub.demo import doors, house
from hub.demo.browser import Browser
from hub.demo.clock import DemoClock
from hub.demo.house import DemoFault, Note
from hub.demo.mooc import MoocSite, create_mooc
from hub.demo.moodle import create_moodle_double
from hub.demo.play import Play
from hub.demo.sample_moodle import PartnerMoodle
from hub.demo.sample_people import DOORS, LEARNERS, mooc_account
from hub.demo.sample_place import Addresses, Ids, addresses_of
from hub.demo.script import ZONE, Act, write
from hub.demo.servers import Served, addresses
from hub.demo.stage import World
from hub.demo.tool import create_tool
from hub.demo.tool_protocol import PlatformSettings, ToolProtocol
from hub.texts import N_, Translator, gettext, speaking
from hub.urls.addresses import lti_endpoints
from hub.web.app import create_app, discover

_ = gettext
log = logging.getLogger("hub.demo")
KIND_WORDS = {
    "tool": N_("Campus numérique : un quiz"),
    "tool_open": N_("Campus numérique : un cours ouvert"),
    "mooc": N_("Occitanie Mooc : des chapitres"),
    "moodle": N_("Campus Fab : des activités"),
    "grade": N_("Campus Fab : une note"),
    "sync": N_("le hub lit Campus Fab"),
    "roll": N_("une formatrice fait l’appel"),
    "hand_in": N_("un travail est déposé"),
}


@click.command()
@click.option("--dir", "folder", type=click.Path(path_type=Path), default=Path("demo"), show_default=True,
              help="Folder of the demo; emptied first when it holds an earlier one.")  # fmt: skip
@click.option("--port", type=click.IntRange(1, 65532), default=8080, show_default=True,
              help="Port of the hub; the partners take the three after it.")  # fmt: skip
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed tells the same story.")
@click.option("--json", "as_json", is_flag=True, help="Addresses and links as one JSON object on the first line.")
@click.option("--no-play", is_flag=True, help="The place before anything happened in it.")
@click.option("--keep", is_flag=True, help="Go on with the demo of the folder, once it was played to its end.")
@click.option("--seconds", type=float, help="End by itself after so many seconds.")
def command(
    folder: Path, port: int, seed: int, as_json: bool, no_play: bool, keep: bool, seconds: float | None
) -> None:
    """Show the hub at work in a sample place, with three partner platforms. Ctrl-C ends it."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _ender(stop))
    with speaking(Translator("fr")):
        try:
            _run(folder.absolute(), port, seed, as_json, not no_play, keep, seconds, stop)
        except DemoFault as fault:
            raise click.ClickException(str(fault)) from fault


def _ender(stop: threading.Event) -> Callable[[int, FrameType | None], None]:
    def end(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    return end


def _run(
    folder: Path, port: int, seed: int, as_json: bool, plays: bool, keep: bool, seconds: float | None,
    stop: threading.Event,
) -> None:  # fmt: skip
    note = house.kept_note(folder) if keep else None
    if note is None:
        house.clear(folder)
        fresh, note = True, house.fresh_note(port, seed, datetime.now(UTC).astimezone(ZONE).date())
    else:
        fresh = False
    if note.port != port:
        raise DemoFault(f"this demo answers on port {note.port}: give --port {note.port}")
    play = Play(write(note.seed, date.fromisoformat(note.day)), played=note.played)
    with ExitStack() as stack:
        demo = stack.enter_context(_opened(folder, note, play, fresh))
        _tell(demo, as_json)
        if plays and not note.played:
            _play(demo, play, stop)
        if not stop.is_set():
            stop.wait(seconds)


class Demo:
    """Everything that runs."""

    def __init__(self, folder: Path, note: Note, at: Addresses, installation: Installation, clock: DemoClock) -> None:
        self.folder, self.note, self.at, self.clock = folder, note, at, clock
        self.installation = installation
        self.moodle = PartnerMoodle(at.moodle, note.moodle_token, folder / house.JOURNAL)

    def world(self) -> World:
        """What the play works on."""
        return World(
            self.installation,
            self.installation.tenant(house.TENANT),
            self.clock,
            self.at,
            self.moodle,
            UUID(self.note.moodle_id),
            Ids.from_json(self.note.ids),
        )


@contextmanager
def _opened(folder: Path, note: Note, play: Play, fresh: bool) -> Iterator[Demo]:
    """The servers, answering; the place is made first when it is not there."""
    at = addresses_of(addresses(note.port))
    clock, stop = DemoClock(), threading.Event()
    with ExitStack() as stack:
        installation = house.installation_of(folder, at, note.port)
        stack.callback(installation.close)
        if not fresh:
            house.bring_up_to_date(installation)
        demo = Demo(folder, note, at, installation, clock)
        app = create_app(installation, clock=clock, health=play.health, views=[*discover(), doors])
        hub = _bind(stack, "hub", app, note.port, **proxy_options(installation.config))
        _bind(stack, "moodle", create_moodle_double(demo.moodle.state), note.port + 1).start()
        if fresh:
            house.make(installation, note, at, demo.moodle, folder)
        _bind(stack, "campus", _campus(demo), note.port + 2).start()
        _bind(stack, "mooc", _mooc(demo), note.port + 3).start()
        leave_out_of_collections()
        hub.start()
        workers = start_workers(installation, stop, installation.config.worker_threads)
        stack.callback(finish, stop, workers)
        yield demo


def _bind(stack: ExitStack, name: str, app: object, port: int, **options: object) -> Served:
    """Raises DemoFault when the port is taken."""
    try:
        return stack.enter_context(Served(name, app, port, **options))  # type: ignore[arg-type]  # waitress' own options
    except OSError as error:
        raise DemoFault(f"port {port}, for {name}, is taken: give another one with --port") from error


def _campus(demo: Demo) -> object:
    ends = lti_endpoints(demo.at.hub)
    settings = PlatformSettings(
        ends["issuer"],
        ends["authentication"],
        ends["token"],
        ends["jwks"],
        demo.note.tool_client,
        demo.note.tool_deployment,
    )
    client = HttpClient(policy=AddressPolicy(development=True))
    protocol = ToolProtocol(settings, RSAKey.import_key(demo.note.tool_key), client)
    return create_tool(demo.at.campus, protocol, demo.clock)


def _mooc(demo: Demo) -> object:
    # tincan resolves names itself, and not every system knows *.localhost: the tenant answers at localhost as well.
    endpoint = f"http://localhost:{demo.note.port}/xapi/"
    members = {mooc_account(learner.key): learner.name for learner in LEARNERS.values()}
    site = MoocSite(demo.at.mooc, endpoint, demo.note.mooc_key, demo.note.mooc_secret, members)
    return create_mooc(site, demo.clock)


def _tell(demo: Demo, as_json: bool) -> None:
    """Once a page answers, say where everything is."""
    tenant, now = demo.installation.tenant(house.TENANT), datetime.now(UTC)
    links = {role: demo.at.hub + doors.mint(tenant, demo.installation.vault, role, now) for role in DOORS}
    Browser().get(f"{demo.at.hub}/demo")
    partners = {"moodle": demo.at.moodle, "campus": demo.at.campus, "mooc": demo.at.mooc}
    told = {"hub": demo.at.hub, "doors": f"{demo.at.hub}/demo", "links": links, "partners": partners}
    if as_json:
        click.echo(json.dumps(told))
        sys.stdout.flush()
        return
    console = Console()
    console.print(_("Le hub : %(url)s", url=f"{demo.at.hub}/demo"), soft_wrap=True)
    for role, name in doors.names().items():
        console.print(f"  {_(doors.ROLE_WORDS[role])} ({name}) : {links[role]}", soft_wrap=True, markup=False)
    console.print(_("Les partenaires : %(urls)s", urls=", ".join(partners.values())), soft_wrap=True)


def _play(demo: Demo, play: Play, stop: threading.Event) -> None:
    console = Console(stderr=True)
    columns = (TextColumn("{task.fields[day]}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console) as progress, speaking(Translator("fr")):
        task = progress.add_task("", total=1.0, day="")

        def tell(act: Act, share: float) -> None:
            words = _(KIND_WORDS[act.kind]) if act.kind in KIND_WORDS else ""
            day = act.at.astimezone(ZONE).strftime("%d/%m")
            progress.update(task, completed=share, description=words, day=day)

        ended = play.run(demo.world(), stop, tell)
    if ended:
        demo.note.played = True
        demo.note.save(demo.folder)
