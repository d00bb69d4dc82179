"""deploy/: units, web servers, image and chart say what the hub knows. No engine runs them here; they are read."""

import configparser
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from hub.cli.main import hub
from hub.config import SETTINGS
from tests.house.chart import rendered
from tests.shared import ROOT

DEPLOY = ROOT / "deploy"
NAMES = {f"HUB_{name.upper()}" for name in SETTINGS}


def settings_in(text: str) -> set[str]:
    return set(re.findall(r"\bHUB_[A-Z0-9_]+", text))


@pytest.mark.parametrize("name", ["hub.service", "hub-worker@.service", "Containerfile"])
def test_every_setting_that_is_named_exists(name: str) -> None:
    assert settings_in((DEPLOY / name).read_text("utf-8")) - NAMES == set()


@pytest.mark.parametrize("name", ["hub.service", "hub-worker@.service"])
def test_a_unit_starts_a_command_that_exists_and_closes_the_rest(name: str) -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str
    unit.read(DEPLOY / name, "utf-8")
    program, *arguments = shlex.split(unit["Service"]["ExecStart"])
    assert program == "/opt/hub/bin/hub"
    assert CliRunner().invoke(hub, [*arguments, "--help"]).exit_code == 0
    service = unit["Service"]
    assert (service["User"], service["ProtectSystem"], service["NoNewPrivileges"]) == ("hub", "strict", "yes")
    assert "/var/lib/hub" in service["ReadWritePaths"]
    assert int(service["TimeoutStopSec"]) > 30  # a worker may take STOP_SECONDS to give its work back


@pytest.mark.parametrize("name", ["Caddyfile", "nginx.conf"])
def test_a_web_server_reaches_the_hub_and_lets_no_visitor_forge_its_headers(name: str) -> None:
    text = (DEPLOY / name).read_text("utf-8")
    assert "127.0.0.1:8080" in text
    assert text.count("{") == text.count("}")
    if name == "nginx.conf":
        assert "proxy_add_x_forwarded_for" not in text
        assert set(re.findall(r"proxy_set_header (X-Forwarded-\w+)", text)) == {
            "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
        }  # fmt: skip


def test_the_image_is_built_from_the_locks_and_runs_as_nobody_special() -> None:
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    for installed in re.findall(r"pip install [^\n\\&]+", text):
        assert "--require-hashes" in installed or "/wheel/" in installed
    assert re.search(r"^USER 10001$", text, re.MULTILINE)
    (command,) = re.findall(r'^CMD \["(.+)"\]$', text, re.MULTILINE)
    assert CliRunner().invoke(hub, [command, "--help"]).exit_code == 0
    (picked,) = re.findall(r"pick_lock.py requirements-dev.lock ([a-z0-9 ]+)", text)
    lock = (ROOT / "requirements-dev.lock").read_text("utf-8")
    assert all(re.search(rf"^{name}==", lock, re.MULTILINE) for name in picked.split())


def test_entries_picked_from_the_lock_are_whole() -> None:
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("pick_lock", DEPLOY / "pick_lock.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    lock = (ROOT / "requirements-dev.lock").read_text("utf-8")
    (entry,) = module.picked(lock, {"gunicorn"})
    assert entry.startswith("gunicorn==")
    assert "--hash=sha256:" in entry
    assert not entry.rstrip().endswith("\\")
    with pytest.raises(SystemExit, match="no-such"):
        module.picked(lock, {"no-such"})


def documents(**values: Any) -> list[dict[str, Any]]:
    chart = DEPLOY / "chart"
    texts = [rendered(chart, name, values) for name in ("web.yaml", "worker.yaml")]
    return [document for text in texts for document in yaml.safe_load_all(text)]


def pods() -> dict[str, dict[str, Any]]:
    found = (document for document in documents() if document["kind"] == "Deployment")
    return {document["metadata"]["name"]: document["spec"]["template"]["spec"] for document in found}


def test_the_chart_gives_whole_kubernetes_objects() -> None:
    kinds = sorted(document["kind"] for document in documents())
    assert kinds == ["Deployment", "Deployment", "Ingress", "Service"]
    web = next(d for d in documents(**{"web.replicas": 5}) if d["metadata"]["name"] == "place-web")
    assert web["spec"]["replicas"] == 5
    assert web["spec"]["selector"]["matchLabels"] == web["spec"]["template"]["metadata"]["labels"]


@pytest.mark.parametrize("name", ["place-web", "place-worker"])
def test_each_container_of_the_chart_has_settings_that_exist_and_a_command_that_works(name: str) -> None:
    pod = pods()[name]
    volumes = {volume["name"] for volume in pod["volumes"]}
    for container in [*pod["initContainers"], *pod["containers"]]:
        environment = {entry["name"] for entry in container["env"]}
        assert {one for one in environment if one.startswith("HUB_")} <= NAMES
        assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
        if "args" in container:
            assert CliRunner().invoke(hub, [*container["args"], "--help"]).exit_code == 0
    assert pod["securityContext"]["runAsNonRoot"] is True


def test_a_setting_left_empty_is_left_out_of_the_chart() -> None:
    def names(**values: Any) -> set[str]:
        return {entry["name"] for d in documents(**values) if d["kind"] == "Deployment"
                for entry in d["spec"]["template"]["spec"]["containers"][0]["env"]}  # fmt: skip

    assert "HUB_S3_ENDPOINT" not in names()
    assert "HUB_S3_ENDPOINT" in names(s3Endpoint="https://s3.example.org")


def test_the_chart_has_the_version_of_the_hub() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    version = re.search(r'^version = "(.+)"$', project, re.MULTILINE)
    assert version is not None
    chart = yaml.safe_load(Path(DEPLOY / "chart" / "Chart.yaml").read_text("utf-8"))
    values = yaml.safe_load(Path(DEPLOY / "chart" / "values.yaml").read_text("utf-8"))
    assert chart["appVersion"] == values["image"]["tag"] == version[1]
