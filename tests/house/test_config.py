"""Settings: from the environment and the file, with errors that name what is wrong and show no secret."""

from pathlib import Path

import pytest

from hub.config import Config, ConfigError, load_config


def test_without_any_setting_the_hub_is_local(tmp_path: Path) -> None:
    config = load_config({"HUB_DATA": str(tmp_path)})
    assert config == Config(data=tmp_path)
    assert (config.host, config.secure, config.allow_loopback) == ("localhost", False, False)
    assert config.keys_path == tmp_path / "secret.key"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text('base_url = "https://a.example"\nport = 9000\nallow_loopback = true\n', "utf-8")
    config = load_config({"HUB_DATA": str(tmp_path), "HUB_BASE_URL": "https://B.example:8443", "HUB_LANGUAGE": ""})
    assert (config.host, config.secure, config.port, config.allow_loopback) == ("b.example", True, 9000, True)


def test_each_kind_of_setting_is_read_from_the_environment(tmp_path: Path) -> None:
    given = {
        "HUB_DATA": str(tmp_path),
        "HUB_TRUSTED_PROXIES": "1",
        "HUB_ALLOW_LOOPBACK": "yes",
        "HUB_SLOW_UNIT_SECONDS": "0.5",
        "HUB_KEY_FILE": str(tmp_path / "apart.key"),
        "HUB_DATABASE_URL": "postgresql://hub@db/hub",
    }
    config = load_config(given)
    assert (config.trusted_proxies, config.allow_loopback, config.slow_unit_seconds) == (1, True, 0.5)
    assert config.keys_path == tmp_path / "apart.key"
    assert config.database_url == "postgresql://hub@db/hub"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("HUB_PORT", "eighty", "HUB_PORT: expected a number"),
        ("HUB_PORT", "70000", "port"),
        ("HUB_WEB_THREADS", "0", "web_threads"),
        ("HUB_ALLOW_LOOPBACK", "maybe", "HUB_ALLOW_LOOPBACK: expected true or false"),
        ("HUB_BASE_URL", "parcours.example.org", "base_url"),
        ("HUB_BASE_URL", "https://example.org/hub", "base_url"),
        ("HUB_DATABASE_URL", "mysql://hub:s3same@db/hub", "database_url"),
        ("HUB_LISTEN", "localhost", "listen"),
        ("HUB_LANGUAGE", "de", "language"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, name: str, value: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        load_config({"HUB_DATA": str(tmp_path), name: value})
    assert "s3same" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("base_ur = 'x'", "no such setting here: base_ur"),
        ("data = '/elsewhere'", "no such setting here: data"),
        ("port = true", "port: expected a number"),
        ("port = 'x'", "port: expected a number"),
        ("base_url = 3", "base_url: expected a text"),
        ("port = ", "hub.toml"),
    ],
)
def test_a_wrong_line_of_the_file_is_named(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "hub.toml").write_text(content, "utf-8")
    with pytest.raises(ConfigError, match=says):
        load_config({"HUB_DATA": str(tmp_path)})


def test_the_representation_shows_no_database_password(tmp_path: Path) -> None:
    assert "s3same" not in repr(Config(data=tmp_path, database_url="postgresql://hub:s3same@db/hub"))
