"""What the documents for strangers say is what the code does."""

import re
from pathlib import Path

from backoffice import roles
from octopia.contract.channels import ABILITIES, ELSEWHERE

ROOT = Path(__file__).resolve().parent.parent


def test_the_roles_page_is_the_table_of_rights():
    rows = re.findall(r"^\| `(\w+\.\w+)` \|[^|]*\|([^\n]*)\|$", (ROOT / "docs" / "roles.md").read_text(), re.MULTILINE)

    told = {right: [cell.strip() == "yes" for cell in cells.split("|")] for right, cells in rows}

    assert told == {
        right: [right in roles.MAY[role] for role in roles.Role] for right in roles.MAY[roles.Role.ADMINISTRATOR]
    }


def test_the_rules_page_tells_what_each_channel_can_do():
    page = (ROOT / "docs" / "marketplace-rules.md").read_text()

    told = re.findall(r"^\| (\S+|any other) \| ([a-z ]+) \| (yes|no|not known) \| (.+) \|$", page, re.MULTILINE)

    value = {True: "yes", False: "no", None: "not known"}
    assert told == [
        (channel, str(ability), value[say.value], say.source)
        for channel, says in [*ABILITIES.items(), ("any other", ELSEWHERE)]
        for ability, say in says.items()
    ]


def test_every_make_target_and_file_that_the_readme_names_exists():
    readme = (ROOT / "README.md").read_text()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"`?make ([a-z-]+)", readme)) <= targets
    links = re.findall(r"\]\(([^)#:]+)\)", readme)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_variable_of_the_settings_stands_in_the_example_file():
    names = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "backoffice" / "settings.py").read_text()))
    listed = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert names - listed == set()
