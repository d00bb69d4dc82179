"""The decisions: each has a number of its own, the one in its file's name and in its title."""

from tests.shared import ROOT


def test_each_decision_has_a_number_of_its_own() -> None:
    files = sorted((ROOT / "docs" / "adr").glob("*.md"))
    numbers = [int(file.name[:4]) for file in files]
    assert numbers == list(range(1, len(files) + 1))
    assert [file.name for file in files if not file.read_text("utf-8").startswith(f"# {int(file.name[:4])}.")] == []
