"""HTML that browsers would choke on costs little; all other HTML is left alone."""

import json
import time

import pytest
from selectolax.lexbor import LexborHTMLParser

from alerts.article import Article
from alerts.text import html_to_text
from alerts.text.tame import tamed

SIZE = 1_000_000
FONTS = "".join(f"<font size={n}>" for n in range(300))
DEAR = {
    "never closed": "<div>" * (SIZE // 5),
    "never closed lists": "<ul><li>" * (SIZE // 8),
    "closed out of order": "<div><table></div></table>" * (SIZE // 26),
    "closed by another name": "<div></b>" * (SIZE // 9),
    "in comments that end at once": "<!-->" + "<div>" * (SIZE // 5),
    "in what is no script": "<svg><style>" + "<div>" * (SIZE // 5),
    "attributes without end": "<p " + " ".join(f"a{n}" for n in range(SIZE // 8)) + ">",
    "attributes with nothing between": "<p " + "".join(f"a{n}=''" for n in range(SIZE // 10)) + ">",
}


@pytest.mark.parametrize("html", DEAR.values(), ids=DEAR.keys())
def test_what_nests_or_repeats_without_end_is_read_soon(html: str) -> None:
    """A minute and more, before; then a classifier is out of its group, and the next one has the article."""
    before = time.process_time()
    Article.from_json(json.dumps({"uri": "u", "source": "s", "headline": "h", "body_html": html}).encode())
    assert time.process_time() - before < 10


def test_formatting_that_is_never_closed_is_not_copied_into_every_paragraph() -> None:
    """Twenty kilobytes became a gigabyte. The text is all there."""
    html = f"<p>{FONTS}" + "<p>x" * 3000
    parsed = LexborHTMLParser(tamed(html)).body
    assert parsed is not None
    assert sum(1 for _ in parsed.traverse(include_text=True)) < 10_000
    assert html_to_text(html) == "\n\n".join(["x"] * 3000)


@pytest.mark.parametrize(
    "html",
    [
        "<div>" + "<p>One <b>two</b> <i>three</i></p><br><img src=x>" * 2000 + "</div>",
        "<ul>" + "<li>item <a href=x>link</a>" * 5000 + "</ul>",
        "<p>unclosed <em>emphasis</em> and paragraphs" * 5000,
        "<table>" + "<tr><td>1<td>2" * 5000 + "</table>",
        "<dl>" + "<dt>a<dd>b" * 5000 + "</dl>",
        f'<p><img src="data:image/png;base64,{"A" * 900_000}"></p>',
        "<div>" * 500 + "deep" + "</div>" * 500,
        "<p><font size=2>old" * 300,
        "text without markup, 1 < 2 " * 5000,
    ],
)
def test_what_pages_look_like_is_left_alone(html: str) -> None:
    """Long pages, careless ones, and pictures inside them."""
    assert tamed(html) == html
