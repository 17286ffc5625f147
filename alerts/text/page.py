"""Where in a whole page the story is: what stands around it says what it is by its name, or holds few paragraphs.

The two signs are those of the readers' views of browsers (Mozilla's Readability and its kin): names of classes and ids
that pages of all publishers share, and the element that holds nearly all paragraphs.
"""

import re
from collections import defaultdict
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

_IS_PAGE = re.compile(r"<(?:!doctype|html|body)\b", re.IGNORECASE)
_NAMES = re.compile(
    r"(?:^|[\s_-])(?:ad|ads|advert\w*|banner|breadcrumbs?|byline|captions?|comments?|comment(?:list|s-area)|cookies?|disqus|"
    r"footer|gallery|hidden|masthead|menu|meta|modal|most[\s_-]?(?:read|popular)|nav|navbar|navigation|newsletter|outbrain|"
    r"pagination|paywall|popular|popup|promo\w*|recirc\w*|recommended|related\w*|replies|respond|rail|share|sharing|sidebar|"
    r"signup|skip|social|sponsor\w*|subscribe|subscription|taboola|tags|teasers?|toolbar|trending)(?=$|[\s_-])",
    re.IGNORECASE,
)
_ROLES = frozenset(("navigation", "banner", "contentinfo", "complementary", "search", "dialog", "alert"))
_STANDING = frozenset(("body", "html", "article", "main", "p"))
"""These have many names, of which some are about what else is on the page."""
_NEARLY_ALL = 0.8
_MUCH = 0.3
"""Of all paragraphs: so many make one of several articles the page's own, and what has a furniture's name its story."""
_SHORT = 40
"""Paragraphs of fewer characters are labels."""
# What would make a page of bad will dear to read.
_PARAGRAPHS = 2_000
_DEEPEST = 100
_LITTLE = 400
"""Of a page with fewer in paragraphs, the story is not in paragraphs."""


def story(parser: LexborHTMLParser, html: str) -> tuple[LexborNode | None, frozenset[int]]:
    """The element that holds the story (of a fragment: all), and by `mem_id` those in it that are furniture by name."""
    body = parser.body
    if body is None or not _IS_PAGE.search(html):
        return body, frozenset()
    furniture = _furniture(body)
    weights = _weights(body, furniture)
    articles = [*body.css('[itemprop~="articleBody"]'), *body.css("article")]
    longest = max(articles, key=lambda one: weights.get(one.mem_id, 0), default=None)
    if weights[body.mem_id] < _LITTLE:
        return body, furniture
    if longest is not None and weights.get(longest.mem_id, 0) >= _MUCH * weights[body.mem_id]:
        return longest, furniture
    return _narrowed(body, weights), furniture


def _furniture(body: LexborNode) -> frozenset[int]:
    """What says so by its name, unless much of the page is in it."""
    weights = _weights(body, frozenset())
    named = []
    for node in body.css("[class], [id], [role], [hidden]"):
        if node.tag in _STANDING or weights[node.mem_id] > _MUCH * weights[body.mem_id]:
            continue
        said = node.attributes
        names = f"{said.get('class') or ''} {said.get('id') or ''}"
        if "hidden" in said or said.get("role") in _ROLES or _NAMES.search(names):
            named.append(node.mem_id)
    return frozenset(named)


def _weights(body: LexborNode, furniture: frozenset[int]) -> dict[int, int]:
    """For each element above a paragraph: how many characters of paragraphs it holds, links apart."""
    weights: dict[int, int] = defaultdict(int)
    for paragraph in body.css("p")[:_PARAGRAPHS]:
        length = len(paragraph.text()) - 2 * sum(len(link.text()) for link in paragraph.css("a"))
        above = [node.mem_id for node in _above(paragraph, body)] if length >= _SHORT else []
        if furniture.isdisjoint(above):
            for node in above:
                weights[node] += length
    return weights


def _above(node: LexborNode, body: LexborNode) -> Iterator[LexborNode]:
    """The elements around one up to the body, of absurdly deep ones the nearest and the body."""
    parent = node.parent
    for _ in range(_DEEPEST):
        if parent is None or parent.mem_id == body.mem_id:
            break
        yield parent
        parent = parent.parent
    yield body


def _narrowed(body: LexborNode, weights: dict[int, int]) -> LexborNode:
    """The innermost element that still holds nearly all."""
    node = body
    while True:
        child = max(node.iter(), key=lambda one: weights.get(one.mem_id, 0), default=None)
        if child is None or weights.get(child.mem_id, 0) < _NEARLY_ALL * weights[body.mem_id]:
            return node
        node = child
