"""ninjs of other versions and dialects, read into the field names of an Article.

1.x and 2.x write names in lower case (`versioncreated`), 3.x in camel case (`versionCreated`); 2.x and 3.x hold texts
in lists with roles (`headlines`, `bodies`, `descriptions`). Schemas: https://iptc.org/std/ninjs/.
Nothing here refuses: what cannot be read is left out, and `Article` says what is missing.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

# Names that only a dialect has; a document with none of them is taken as it is.
FOREIGN = frozenset(
    {
        "$standard",
        "bodies",
        "body_html",
        "body_xhtml",
        "by",
        "contentcreated",
        "contentCreated",
        "copyrightholder",
        "copyrightHolder",
        "description_html",
        "description_text",
        "description_xhtml",
        "descriptions",
        "edNote",
        "embargoeduntil",
        "embargoedUntil",
        "firstcreated",
        "firstCreated",
        "headlines",
        "infosource",
        "infosources",
        "infoSources",
        "places",
        "provider",
        "pubStatus",
        "standard",
        "subjects",
        "title",
        "versioncreated",
        "versionCreated",
    }
)

# A document with one of these is ninjs beyond doubt; with `title` or `body_html` alone it may be anything.
_MARKS = frozenset({"$standard", "standard", "versioncreated", "contentcreated", "headlines", "bodies"})
_TIMES = ("versioncreated", "firstcreated", "contentcreated")
_SOURCES = ("infosource", "infosources", "provider", "copyrightholder")
_BASIC_OFFSET = re.compile(r"(?<=[0-9])([+-][0-9]{2})([0-9]{2})$")
_NOT_A_LEAD = frozenset({"creditline", "writer", "byline", "caption_writer"})
_AUTHORITY = re.compile(r"(?:urn:newsml:|tag:)([^:,/\s]+)[:,]", re.IGNORECASE)


def to_article(document: Mapping[Any, Any]) -> dict[str, Any]:
    """The same document with the names of an Article; what already has our name is never overwritten."""
    fields = {name.lower(): value for name, value in document.items() if isinstance(name, str)}
    fields.update((name, value) for name, value in document.items() if isinstance(name, str) and name.islower())
    found = {
        "headline": _headline(fields),
        "body_text": _body(fields),
        "description": _description(fields),
        "byline": fields.get("by"),
        "embargoed": fields.get("embargoeduntil"),
        "subject": _references(fields.get("subjects")),
        "place": _references(fields.get("places")),
        "source": _source(fields),
        "published": next((fields[name] for name in _TIMES if fields.get(name)), None),
    }
    fields.update((name, value) for name, value in found.items() if value and _absent(fields.get(name)))
    if isinstance(urgency := fields.get("urgency"), int | float) and not 1 <= urgency <= 9:  # 1.x sets no bounds
        del fields["urgency"]
    for name in ("published", "embargoed"):
        if isinstance(text := fields.get(name), str):  # Superdesk writes +0000
            fields[name] = _BASIC_OFFSET.sub(r"\1:\2", text.strip())
    return fields


def _plain(markup: str) -> str:
    from alerts.text import html_to_text  # noqa: PLC0415 - alerts.text knows Article, which is made with our help

    return html_to_text(markup)


def _absent(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _texts(value: Any) -> list[tuple[str, str]]:
    """(role, text) of each entry in a list of `{role, contentType, value}`, HTML reduced to text."""
    entries = []
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, str):
            entries.append(("", entry))
        elif isinstance(entry, Mapping) and isinstance(text := entry.get("value"), str):
            role = str(entry.get("role") or "").lower()
            kind = str(entry.get("contentType") or entry.get("contenttype") or "").lower()
            html = "html" in kind or (not kind and "html" in role)
            entries.append((role, _plain(text) if html else text))
    return [(role, text) for role, text in entries if text.strip()]


def _headline(fields: Mapping[str, Any]) -> str | None:
    titles = _texts(fields.get("headlines"))
    main = [text for role, text in titles if role == "main"]
    title = fields.get("title")
    others = [text for _, text in titles]
    return next(iter([*main, *others]), title if isinstance(title, str) else None)


def _body(fields: Mapping[str, Any]) -> str | None:
    """Plain text if there is any, else the first HTML."""
    bodies = fields.get("bodies")
    entries = bodies if isinstance(bodies, list) else []
    plain = [entry for entry in entries if isinstance(entry, Mapping) and not _is_html(entry)]
    for _, text in (*_texts(plain), *_texts(entries)):
        return text
    return next(_html(fields, "body_html", "body_xhtml"), None)


def _is_html(entry: Mapping[Any, Any]) -> bool:
    kind = str(entry.get("contentType") or entry.get("contenttype") or entry.get("role") or "")
    return "html" in kind.lower() or "xml" in kind.lower()


def _description(fields: Mapping[str, Any]) -> str | None:
    if isinstance(text := fields.get("description_text"), str) and text.strip():
        return text
    leads = [text for role, text in _texts(fields.get("descriptions")) if role not in _NOT_A_LEAD]
    return leads[0] if leads else next(_html(fields, "description_html", "description_xhtml"), None)


def _html(fields: Mapping[str, Any], *names: str) -> Iterator[str]:
    for name in names:
        if isinstance(markup := fields.get(name), str) and (text := _plain(markup)).strip():
            yield text


def _references(value: Any) -> list[dict[str, str]]:
    """Subjects and places: `literal` (or the end of `uri`) is the code within its scheme."""
    references = []
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, str):
            references.append({"name": entry})
        elif isinstance(entry, Mapping):
            code, uri = entry.get("code") or entry.get("literal"), entry.get("uri")
            reference = {"code": code or uri, "name": entry.get("name"), "scheme": entry.get("scheme")}
            references.append({key: text for key, text in reference.items() if isinstance(text, str) and text})
    return [reference for reference in references if reference]


def _source(fields: Mapping[str, Any]) -> str | None:
    """Who says so: the named provider, else (in what is plainly ninjs) the authority inside the uri."""
    for name in _SOURCES:
        value = fields.get(name)
        for entry in value if isinstance(value, list) else [value]:
            text = entry.get("name") if isinstance(entry, Mapping) else entry
            if isinstance(text, str) and text.strip():
                return text
    if fields.keys().isdisjoint(_MARKS):
        return None
    return _authority(fields.get("uri"))


def _authority(uri: Any) -> str | None:
    """The domain of an http, `tag:` (RFC 4151) or `urn:newsml:` (RFC 3085) uri."""
    if not isinstance(uri, str):
        return None
    if uri.startswith(("http://", "https://")):
        try:
            return (urlsplit(uri).hostname or "").removeprefix("www.") or None
        except ValueError:
            return None
    match = _AUTHORITY.match(uri)
    return match[1] if match else None
