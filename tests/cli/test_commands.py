"""The command line: each command through click, on an installation in a folder of its own."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hub.cli import main as cli_main
from hub.cli._checks import content_host
from hub.cli.main import hub
from hub.cli.serve import proxy_options
from hub.config import Config, ConfigError, load_config
from hub.db.directory import Installation
from hub.db.errors import SnapshotError
from hub.services.backup import STATE
from hub.services.journal import entries
from hub.services.settings import set_setting
from hub.texts import Translator, speaking


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HUB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path / "data"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(hub, arguments)


def findings() -> dict[str, list[str]]:
    """Level -> texts, in English."""
    found: dict[str, list[str]] = {"ok": [], "warning": [], "fault": []}
    for finding in json.loads(run("doctor", "--json", "--lang", "en").output):
        found[finding["level"]].append(finding["text"])
    return found


def test_every_command_says_what_it_does() -> None:
    listed = run("--help").output
    names = cli_main.hub.list_commands(None)
    assert {"serve", "migrate", "doctor", "tenant", "assets", "dev"} <= set(names)
    for name in names:
        assert name in listed
        assert run(name, "--help").exit_code == 0


@pytest.mark.parametrize(
    ("base", "host", "level", "text"),
    [
        ("https://parcours.example.org", None, "warning", "Content is not played"),
        ("https://parcours.example.org", "none", "warning", "Content is not played"),
        ("https://parcours.example.org", "contenu.example.org", "warning", "one can read what another keeps"),
        ("https://parcours.example.org", "*.contenu.example.org", "ok", "an address of its own"),
        ("http://hub.localhost:8080", None, "ok", "*.content.localhost"),
    ],
)
def test_doctor_says_where_content_is_played(base: str, host: str | None, level: str, text: str) -> None:
    with speaking(Translator("en")):
        found = content_host(Config(data=Path("/nowhere"), base_url=base, content_host=host))
    assert found.level == level
    assert text in found.text


@pytest.mark.parametrize(
    "host", ["parcours.example.org", "*.", "https://x.example", "x.example:8080", "single", "*.a b"]
)
def test_a_content_host_that_is_not_apart_is_refused(host: str) -> None:
    with pytest.raises(ConfigError, match="content_host"):
        Config(data=Path("/nowhere"), base_url="https://parcours.example.org", content_host=host)


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ((), "contenu.parcours.example.org"),
        (("--content-host", "*.jeu.example.org"), "*.jeu.example.org"),
        (("--content-host", "-"), "none"),
    ],
)
def test_init_asks_where_content_is_played(data: Path, given: tuple[str, ...], written: str) -> None:
    done = run(
        *("init", "--yes", "--name", "Lieu", "--base-url", "https://parcours.example.org", "--given-name", "Zoé"),
        *("--family-name", "Roux", "--email", "zoe@example.org", *given),
    )
    assert done.exit_code == 0, done.output
    assert f'content_host = "{written}"' in (data / "hub.toml").read_text("utf-8")


def test_an_unknown_command_is_refused() -> None:
    done = run("main")
    assert done.exit_code == 2
    assert "No such command" in done.output


def test_a_tenant_is_added_listed_suspended_and_resumed(data: Path) -> None:
    assert run("tenant", "add", "generateur", "Le Générateur", "hub.localhost").exit_code == 0
    assert "hub.localhost" in run("tenant", "list").output
    assert run("tenant", "suspend", "generateur").exit_code == 0
    assert "suspendu" in run("tenant", "list").output
    assert run("tenant", "resume", "generateur").exit_code == 0
    assert "suspendu" not in run("tenant", "list").output


def test_a_tenant_is_deleted_only_when_its_key_is_said_twice_and_after_a_backup(data: Path) -> None:
    run("tenant", "add", "generateur", "Le Générateur", "hub.localhost")
    refused = run("tenant", "delete", "generateur")
    assert refused.exit_code == 2
    assert "--confirm generateur" in refused.output
    assert run("tenant", "delete", "generateur", "--confirm", "generateur").exit_code == 0
    assert "generateur" not in run("tenant", "list").output
    assert run("restore", "generateur").exit_code == 0
    assert "hub.localhost" in run("tenant", "list").output


def test_a_tenant_leaves_as_a_file_and_comes_back(data: Path, tmp_path: Path) -> None:
    run("tenant", "add", "generateur", "Le Générateur", "hub.localhost")
    file = str(tmp_path / "lieu.zip")
    left = run("tenant", "export", "generateur", file)
    assert "hub tenant suspend generateur" in left.output
    (passphrase,) = re.findall(r"(?:[A-Z2-9]{5}-){6}[A-Z2-9]{5}", left.output)
    (tmp_path / "phrase").write_text(passphrase, "utf-8")
    bring = ("tenant", "import", file, "--passphrase-file", str(tmp_path / "phrase"))
    with pytest.raises(SnapshotError, match="--replace"):
        raise run(*bring).exception or AssertionError
    assert run(*bring, "--as", "copie", "--host", "copie.localhost").exit_code == 0
    assert run("tenant", "export", "generateur", str(tmp_path / "moved.zip"), "--suspend").exit_code == 0
    listed = run("tenant", "list").output
    assert "copie.localhost" in listed
    assert listed.count("suspendu") == 1


def test_a_new_place_has_its_administrator_addresses_and_a_journal_that_outlives_it(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUDO_USER", "lea")
    admin = ("--admin", "ahmed@example.org", "Ahmed", "Ziani")
    made = run("tenant", "add", "fabrique", "La Fabrique", "fabrique.localhost", *admin)
    assert re.search(r"http://fabrique\.localhost:8080/s/\S{20,}", made.output), made.output
    assert "recover-admin" in run("tenant", "admin", "fabrique", "Ahmed@example.org", "A", "B").output
    assert run("tenant", "admin", "fabrique", "", "A", "B").exit_code == 1
    assert run("tenant", "admin", "fabrique", "zoe@example.org", "Zoé", "Petit").exit_code == 0
    assert "hub tenant admin vide" in run("tenant", "add", "vide", "Vide", "vide.localhost").output
    moved = run("tenant", "hosts", "fabrique", "--add", "new.localhost", "--first", "new.localhost")
    assert moved.output.startswith("new.localhost, fabrique.localhost")
    assert "LTI" in moved.output
    for wrong in (("--add", "vide.localhost"), ("--remove", "x.localhost"), ("--add", "a b")):
        assert run("tenant", "hosts", "fabrique", *wrong).exit_code != 0
    assert run("tenant", "suspend", "fabrique", "--why", "loyer impayé").exit_code == 0
    nobody = run("tenant", "suspend", "nobody")
    assert nobody.exit_code == 1
    assert "Il y a\N{NO-BREAK SPACE}: fabrique, vide" in nobody.output
    shown = run("tenant", "show", "fabrique").output
    assert "loyer impayé" in shown
    assert "lea" in shown
    installation = Installation(load_config())
    with installation.tenant("fabrique").read() as session:
        found = [(entry.act, entry.details["by"]) for entry in entries(session) if entry.act.startswith("tenant.")]
    installation.close()
    assert ("tenant.suspended", "lea") in found
    assert run("tenant", "delete", "fabrique", "--confirm", "fabrique", "--without-backup").exit_code == 0
    left = run("tenant", "journal", "fabrique").output
    assert "lieu supprimé au serveur" in left
    assert "lieu créé au serveur" in left
    assert "Vide" not in left


def test_without_a_host_a_tenant_answers_at_the_base_url(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_BASE_URL", "https://parcours.example.org")
    run("tenant", "add", "generateur", "Le Générateur")
    assert "parcours.example.org" in run("tenant", "list").output


def test_migrate_all_reports_each_tenant(data: Path) -> None:
    run("tenant", "add", "generateur", "Le Générateur", "hub.localhost")
    done = run("migrate", "--all")
    assert done.exit_code == 0
    assert "generateur" in done.output
    assert "à jour" in done.output


@pytest.mark.parametrize("arguments", [(), ("--all", "generateur")])
def test_migrate_needs_tenants_or_all(data: Path, arguments: tuple[str, ...]) -> None:
    assert run("migrate", *arguments).exit_code == 2


def test_a_fault_that_an_operator_can_mend_is_one_line(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["hub", "migrate", "nobody"])
    with pytest.raises(SystemExit) as ended:
        cli_main.main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.strip() == "hub: no tenant has the key 'nobody'"


def test_the_doctor_finds_a_new_installation_well_and_changes_nothing(data: Path) -> None:
    found = findings()
    assert any("made at the first start" in text for text in found["warning"])
    assert not data.exists()


def test_the_doctor_looks_at_each_tenant(data: Path) -> None:
    run("tenant", "add", "generateur", "Le Générateur", "hub.localhost")
    assert "Le Générateur: the database answers and is up to date." in findings()["ok"]


@pytest.mark.parametrize(("size", "level"), [(1 << 20, "ok"), (1 << 60, "fault")])
def test_the_doctor_compares_the_disk_of_the_backups_with_the_last_ones(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, level: str
) -> None:
    monkeypatch.setenv("HUB_BACKUP_TO", str(tmp_path / "not there yet" / "backups"))
    run("tenant", "add", "generateur", "Le Générateur", "hub.localhost")
    assert "on the disk of the backups" not in str(findings())  # nothing to compare with
    installation = Installation(Config(data=data))
    with installation.tenant("generateur").write() as session:
        set_setting(session, STATE, {"ok_at": datetime.now(UTC).isoformat(), "size": size})
    installation.close()
    assert "on the disk of the backups" in str(findings()[level])


def test_the_doctor_sees_a_key_file_open_to_others_and_says_the_remedy(data: Path) -> None:
    run("tenant", "add", "generateur", "Le Générateur", "hub.localhost")
    (data / "secret.key").chmod(0o644)
    done = run("doctor")
    assert done.exit_code == 1
    assert "lisible par d’autres utilisateurs (644)" in done.output
    assert "chmod 600" in done.output


def test_the_doctor_names_an_unreachable_database_without_its_password(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("tenant", "add", "generateur", "Le Générateur", "hub.localhost")
    monkeypatch.setenv("HUB_DATABASE_URL", "postgresql://hub:s3same@127.0.0.1:1/hub")
    done = run("doctor", "--lang", "en")
    assert done.exit_code == 1
    assert "The database does not answer: OperationalError" in done.output
    assert "s3same" not in done.output


def test_forwarded_headers_are_believed_only_behind_declared_proxies(tmp_path: Path) -> None:
    assert "trusted_proxy" not in proxy_options(Config(data=tmp_path))
    behind = proxy_options(Config(data=tmp_path, trusted_proxies=2))
    assert behind["trusted_proxy_count"] == 2
    assert behind["clear_untrusted_proxy_headers"] is True
