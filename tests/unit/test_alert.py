"""Records of our own topics that are not what they must be."""

import pytest

from alerts.alert import InvalidRecord, desk_record


@pytest.mark.parametrize(
    "record",
    [
        b'{"type":"candidate","article":{"uri":"urn:1","headline":"Secret","source":"a.example"}}',
        b'{"type":"candidate","article":"Secret"}',
        b'{"type":"action","id":["Secret"]}',
        b'{"type":{"Secret":1}}',
    ],
)
def test_what_is_wrong_with_a_record_is_told_without_its_text(record: bytes) -> None:
    """The reason goes to logs and headers, where nothing embargoed may stand."""
    with pytest.raises(InvalidRecord) as caught:
        desk_record(record)
    assert "Secret" not in str(caught.value)
