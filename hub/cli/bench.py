"""``hub bench NAME``: measures, printed with the machine's description; figures, never verdicts on a machine."""

from importlib import import_module
from typing import Any

import click
import orjson
from rich.console import Console

#: Bench -> the function that takes ``quick``. Named as texts: the layer of the demo lies above this one.
BENCHES = {
    "river": "hub.demo.bench.river:post_to_page",
    "sync": "hub.demo.bench.reading:reading",
    "publish": "hub.demo.bench.river:publishing",
    "link": "hub.demo.bench.river:linking",
    "grid": "hub.demo.bench.river:grid",
    "lrs": "hub.demo.bench.lrs:lrs",
    "explorer": "hub.demo.bench.explorer:explorer",
    "rebuild": "hub.demo.bench.river:rebuilding",
    "ops": "hub.demo.bench.ops:backing_up",
    "migrate": "hub.demo.bench.ops:migrating",
    "memory": "hub.demo.bench.ops:at_rest",
    "scale": "hub.demo.bench.scale:scaling",
    "kill": "hub.demo.bench.kill:killing",
    "lti": "hub.demo.bench.lti:tool_and_platform",
    "scores": "hub.demo.bench.kill_scores:scores",
    "start": "hub.demo.bench.first:clone_to_page",
    "weight": "hub.demo.bench.first:first_view",
    "content": "hub.demo.bench.content:measure",
    "play": "hub.demo.bench.play:measure",
    "catalogue": "hub.demo.bench.catalogue:catalogue",
}


@click.command()
@click.argument("name", type=click.Choice([*BENCHES, "all"]))
@click.option("--quick", is_flag=True, help="Small sizes, to see that the bench runs; its figures say nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(name: str, quick: bool, as_json: bool) -> None:
    """Measure NAME, or all."""
    names = list(BENCHES) if name == "all" else [name]
    measure = import_module("hub.demo.bench.measure")
    result: dict[str, Any] = {"machine": measure.machine(), "quick": quick, "benches": {}}
    for one in names:
        module, _, function = BENCHES[one].partition(":")
        result["benches"][one] = getattr(import_module(module), function)(quick=quick)
        if not as_json:
            show(one, result["benches"][one])
    if as_json:
        click.echo(orjson.dumps(result, option=orjson.OPT_INDENT_2))
    else:
        Console().print(result["machine"])


def show(name: str, figures: dict[str, Any]) -> None:
    """One bench for a reader."""
    Console().print(f"[bold]{name}[/bold]", figures)
