"""What makes two texts the same: exact identity of content, stable ids, and cheap keys that copies share."""

import base64
import re
from collections.abc import Iterator
from hashlib import blake2b
from urllib.parse import parse_qsl, urlencode, urlsplit

from alerts.article import Article, Reference
from alerts.text import fold, furniture

_HEADLINE_WORDS = 5
_HEADLINE_CHARACTERS = 12  # five Chinese characters are no headline yet
_BODY_WORDS_MIN, _BODY_WORDS = 20, 60
_BODY_LOOK = 4000  # code points; sixty words of a story are found well before
_TRACKING = re.compile(
    r"utm_.*|[a-z]{0,2}clid|mc_[ce]id|_ga|igshid|ref|cmpid|ocid|at_(?:medium|campaign)", re.IGNORECASE
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


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
    return base64.b32encode(digest).decode().lower()


def copy_keys(article: Article) -> tuple[str, ...]:
    """Keys of which copies of one text share at least one: by address, by headline, by how the body begins.

    Exact after folding (`alerts.text.fold`) and without page furniture; too short a headline or body has no key, for
    "Earthquake in Chile" is what any two quakes there share.
    """
    keys = (
        ("url", canonical_url(article.url)),
        ("headline", _headline_key(article)),
        ("body", _body_key(article)),
    )
    return tuple(f"{kind}:{key}" for kind, key in keys if key)


def canonical_url(url: str | None) -> str | None:
    """An address without what does not change the page; None if it names no page of its own.

    Drops scheme, `www.`, default port, fragment, trailing slash and tracking parameters; sorts the others. A site's
    front page, which feeds give for want of better, names no story.
    """
    try:
        parts = urlsplit((url or "").strip())
        port = parts.port
    except ValueError:  # such as a bad port: no address at all
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        return None
    host = parts.hostname.removeprefix("www.")
    if port not in (None, _DEFAULT_PORTS[parts.scheme]):
        host = f"{host}:{port}"
    path = parts.path.rstrip("/")
    query = sorted(
        (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(name)
    )
    if not path and not query:
        return None
    return f"{host}{path}?{urlencode(query)}" if query else f"{host}{path}"


def _headline_key(article: Article) -> str | None:
    start, end = furniture.headline(article.headline, article.source)
    words = _words(article.headline[start:end])
    if len(words) < _HEADLINE_WORDS or sum(map(len, words)) < _HEADLINE_CHARACTERS:
        return None
    return " ".join(words)


def _body_key(article: Article) -> str | None:
    text = article.body_text[:_BODY_LOOK] or article.description or ""
    words: list[str] = []
    for start, end in furniture.story(text):
        words += _words(text[start:end])
        if len(words) >= _BODY_WORDS:
            break
    return " ".join(words[:_BODY_WORDS]) if len(words) >= _BODY_WORDS_MIN else None


def _words(text: str) -> list[str]:
    return fold(text).data.decode().split()
