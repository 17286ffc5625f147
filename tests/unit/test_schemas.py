import json

import pytest
from jsonschema import Draft202012Validator

from alerts.schemas import SCHEMAS, committed, schema


@pytest.mark.parametrize("name", SCHEMAS)
def test_committed_schema_is_the_one_made_from_the_classes(name: str) -> None:
    """A contract changes only on purpose: `make schemas` writes the files that review then sees."""
    assert json.loads(committed(name)) == schema(name)


@pytest.mark.parametrize("name", [n for n in SCHEMAS if n != "asyncapi"])
def test_every_schema_is_valid_json_schema(name: str) -> None:
    """A downstream service can load it with any validator."""
    Draft202012Validator.check_schema(schema(name))


def test_asyncapi_refers_only_to_schemas_it_holds() -> None:
    """No dangling $ref."""
    document = schema("asyncapi")
    text = json.dumps(document)
    for reference in {part.split('"')[0] for part in text.split('"$ref": "#/components/schemas/')[1:]}:
        assert reference in document["components"]["schemas"]
