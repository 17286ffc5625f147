"""What makes two versions the same: exact identity of content; and stable ids. For likeness see `alerts.copies`."""

from collections.abc import Iterator
from hashlib import blake2b

from alerts.article import Article, Reference


def content_hash(article: Article) -> str:
    """A hash of all that makes a version differ from another one, the same in every process (32 hex digits).

    Covers headline, description, body, pubstatus, signal, embargo, urgency, place and subject (invariant 2). Each
    part goes in with its length, so that text moved from one field to the next changes the hash.
    """
    text = "".join(["-" if part is None else f"{len(part)}:{part}" for part in _parts(article)])
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _parts(article: Article) -> Iterator[str | None]:
    yield article.headline
    yield article.description
    yield article.body_text
    yield article.pubstatus
    yield article.signal
    yield article.embargoed.isoformat() if article.embargoed else None
    yield str(article.urgency) if article.urgency is not None else None
    yield from _references(article.place)
    yield from _references(article.subject)


def _references(references: tuple[Reference, ...]) -> Iterator[str | None]:
    yield str(len(references))
    for reference in references:
        yield reference.code
        yield reference.name
        yield reference.scheme


def story_id(source: str, uri: str) -> str:
    """The id of the alert whose first article this is: 16 letters and digits, the same on every replay."""
    digest = blake2b(f"{len(source)}:{source}{uri}".encode("utf-8", "surrogatepass"), digest_size=10).digest()
    return letters(digest)


def letters(digest: bytes) -> str:
    """Base32 in small letters, of ten bytes; the library's is made for any number of them and takes thrice as long."""
    number = int.from_bytes(digest)
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(70, -1, -10)])


_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [one + other for one in _LETTERS for other in _LETTERS]
