import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
TABLE = (TESTS / "conformance/README.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(?!tests)([a-z_]+/[a-z_/]+\.py)(?:::(\w+))?`", TABLE)))


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_every_proof_in_the_table_exists(file: str, test: str) -> None:
    """A test that was renamed or removed takes its line in the table with it."""
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    names = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    assert not test or test in names


def test_the_table_names_many() -> None:
    """Every acceptance check and every part of the protocol has at least one."""
    assert len(NAMED) > 60
