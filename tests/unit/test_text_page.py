"""Of a whole page only the story is read."""

import pytest

from alerts.text import html_to_text

STORY = [
    f"Rescuers reached the {place} before dawn on Monday, officials said, and found the road cut." for place in "abcdef"
]
PARAGRAPHS = "".join(f"<p>{paragraph}</p>" for paragraph in STORY)
OTHER = "<p>Ten things that you will not believe about ferries, told by a captain who has seen it all.</p>"


def page(body: str) -> str:
    return f"<!DOCTYPE html><html><head><title>T</title></head><body class='has-sidebar'>{body}</body></html>"


@pytest.mark.parametrize(
    "around",
    [
        f"<div class='related-stories'>{OTHER}</div>",
        f"<section id='comments'>{OTHER}</section>",
        f"<div class='social-share'>{OTHER}</div>",
        f"<div role='complementary'>{OTHER}</div>",
        f"<div class='cookie-banner'>{OTHER}</div>",
        f"<div hidden>{OTHER}</div>",
        "<ul><li><a href='/'>Home</a></li><li><a href='/world'>World</a></li></ul>",
    ],
)
@pytest.mark.parametrize("within", ["<div class='story'>{}</div>", "<article>{}</article>"])
def test_what_stands_around_the_story_is_left_out(around: str, within: str) -> None:
    """By its name, by its role, or because the paragraphs are elsewhere."""
    text = html_to_text(page(f"<div>{around}{within.format(PARAGRAPHS)}{around}</div>"))
    assert text.split("\n\n") == STORY


def test_of_several_articles_the_longest_is_the_pages_own() -> None:
    """The others are teasers."""
    teasers = f"<article><h2>Ferries</h2>{OTHER}</article>" * 5
    assert html_to_text(page(f"{teasers}<article>{PARAGRAPHS}</article>{teasers}")).split("\n\n") == STORY


@pytest.mark.parametrize("within", ["<div class='sidebar-fixed'>{}</div>", "<form>{}<input value=x></form>"])
def test_a_story_in_an_element_with_a_furnitures_name_is_kept(within: str) -> None:
    """Where most paragraphs are is the story, whatever its publisher calls it."""
    assert html_to_text(page(within.format(PARAGRAPHS))).split("\n\n") == STORY


def test_a_story_without_paragraphs_is_kept_whole() -> None:
    """Lines of one element, as old pages have them."""
    text = html_to_text(page(f"<div><div>{'<br>'.join(STORY)}</div></div>"))
    assert text.split("\n") == STORY


def test_a_part_of_a_page_is_taken_as_it_is() -> None:
    """A feed sends the story only: what it calls its elements is no matter."""
    assert html_to_text(f"<div class='related'>{OTHER}</div>{PARAGRAPHS}").split("\n\n")[1:] == STORY


def test_absurd_depth_is_no_trouble() -> None:
    """A page nests deeper than anybody would write."""
    deep = html_to_text(page("<div>" * 3000 + PARAGRAPHS))
    assert deep.split("\n\n") == STORY
