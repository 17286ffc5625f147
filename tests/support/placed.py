"""Where a text is about, as the resolver says."""

from alerts.article import Article
from alerts.regions import Places, resolve
from alerts.text import prepare


def places(headline: str, body: str = "", **more: object) -> Places:
    """All that is known of the places of an article."""
    return resolve(
        prepare(Article.from_mapping({"uri": "a", "source": "s", "headline": headline, "body_text": body} | more))
    )


def about(headline: str, body: str = "", **more: object) -> list[str]:
    """Codes of the countries it is about, in order."""
    return list(dict.fromkeys(hit.code[:2] for hit in places(headline, body, **more).about))


def codes(headline: str, body: str = "", **more: object) -> set[str]:
    """Codes of all that it is about."""
    return {hit.code for hit in places(headline, body, **more).about}
