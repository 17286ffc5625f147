"""From HTML to the plain text a reader sees, without what surrounds the story."""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from alerts.text.page import story
from alerts.text.tame import tamed

_DROPPED = frozenset(
    [
        "aside",
        "button",
        "footer",
        "head",
        "iframe",
        "nav",
        "noscript",
        "script",
        "style",
        "svg",
        "template",
        "select",
        "textarea",
        "label",
    ]
)
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "caption",
        "dd",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "td",
        "th",
        "tr",
        "ul",
    ]
)
_SPACE = re.compile(r"[^\S\n]+")
_PARAGRAPH = re.compile(r"\s*\n\s*\n\s*")


def html_to_text(html: str) -> str:
    """The readable text of an HTML fragment or page: paragraphs are separated by an empty line, `<br>` by a new line.

    Scripts, styles, navigation, asides, footers and controls are left out, and of a page what is not the story. Any
    text is accepted; text without markup comes back with its white space tidied.
    """
    html = tamed(html)
    root, furniture = story(LexborHTMLParser(html), html)
    if root is None:
        return ""
    pieces: list[str] = []
    _walk(root, furniture, pieces)
    text = _SPACE.sub(" ", "".join(pieces))
    return _PARAGRAPH.sub("\n\n", re.sub(r" ?\n ?", "\n", text)).strip()


def _walk(root: LexborNode, furniture: frozenset[int], pieces: list[str]) -> None:
    """Append the text of a tree. A stack of our own: pages nest deeper than Python may recurse."""
    stack: list[LexborNode | str] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            pieces.append(node)
            continue
        if node.tag in _DROPPED or node.mem_id in furniture:
            continue
        if node.tag == "-text":
            # Line breaks in the source are spaces; only elements break lines.
            pieces.append(_SPACE.sub(" ", (node.text_content or "").replace("\n", " ").replace("\r", " ")))
            continue
        if node.tag == "br":
            pieces.append("\n")
            continue
        around = "\n\n" if node.tag in _BLOCKS else ""
        pieces.append(around)
        stack.append(around)
        stack.extend(reversed(list(node.iter(include_text=True))))
