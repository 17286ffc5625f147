import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
NAMED = sorted(set(re.findall(r"`([a-z_/]+\.py)(?:::(\w+))?`", (TESTS / "conformance/README.md").read_text())))


@pytest.mark.parametrize(
    ("file", "test"), [each for each in NAMED if "/" in each[0] and not each[0].startswith("tests")]
)
def test_every_proof_in_the_table_exists(file: str, test: str) -> None:
    """A test that was renamed or removed takes its line in the table with it."""
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    names = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    assert not test or test in names


def test_the_table_names_many() -> None:
    """Every acceptance check and every part of the protocol has at least one."""
    assert len(NAMED) > 60
