import json
from datetime import UTC, datetime

import pytest
from aiokafka.structs import ConsumerRecord
from jsonschema import Draft202012Validator

from alerts.alert import Alert, Reach
from alerts.schemas import SCHEMAS, committed, schema
from alerts.verdict import Priority
from consumers.backends.deadletters import dead_headers


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


def test_asyncapi_names_the_headers_that_are_sent() -> None:
    """All of them, in the topics for other programs, and no others."""
    record: ConsumerRecord[bytes, bytes] = ConsumerRecord("articles", 0, 1, 2, 0, None, b"", None, 0, 0, ())
    alert = Alert(
        id="a",
        revision=1,
        op="new",
        status="live",
        interrupt=True,
        priority=Priority.FLASH,
        delivery=Priority.FLASH,
        reach=Reach(),
        headline="h",
        issued=datetime(2026, 3, 1, tzinfo=UTC),
    )
    sent = {"alerts": alert.headers("k1"), "dead": dead_headers(record, reason="json", error="")}
    for channel, headers in sent.items():
        (message,) = schema("asyncapi")["channels"][channel]["messages"].values()
        assert sorted(message["headers"]["properties"]) == sorted(name for name, _ in headers)
