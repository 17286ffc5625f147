"""Exact keys that copies share: the page's address, and the headline."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit

from alerts.article import Article
from alerts.text import fold, furniture

_HEADLINE_WORDS = 5
_HEADLINE_CHARACTERS = 12  # five Chinese characters are no headline yet
_TRACKING = re.compile(
    r"utm_.*|[a-z]{0,2}clid|mc_[ce]id|_ga|igshid|ref|cmpid|ocid|at_(?:medium|campaign)", re.IGNORECASE
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


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


def headline_words(article: Article) -> list[bytes]:
    """The folded words of a headline without banner and publisher."""
    start, end = furniture.headline(article.headline, article.source)
    return fold(article.headline[start:end]).data.split()


def headline_key(words: list[bytes]) -> str | None:
    """The headline as it is compared; None if too short: "Earthquake in Chile" is what any two quakes there share."""
    text = b" ".join(words).decode()
    return text if len(words) >= _HEADLINE_WORDS and len(text) >= _HEADLINE_CHARACTERS + len(words) - 1 else None
