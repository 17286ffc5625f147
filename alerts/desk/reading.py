"""What the desk needs of a candidate's text, read once: by the classifier that sends it, or here where it did not.

Reading a text costs several times what deciding does. Classifiers scale out and the desk does not, so they read, and
the candidate carries what they found. It follows from the candidate alone, so the desk decides the same either way.
While a new version rolls out, readings of another `EDITION` are set aside and the text is read here.
"""

from hashlib import blake2b
from importlib.resources import files

from alerts.alert import Candidate, Reading
from alerts.article import Article
from alerts.desk.events import Features, features_of
from alerts.desk.facts import leaders_of, toll_of
from alerts.desk.publishers import wire_of
from alerts.notices import notice_of
from alerts.text import prepare

MAX_SUMMARY = 400
_LEAD_LOOK = 2000  # code points in which the first paragraph is looked for
_READERS = {
    "alerts": ("article.py", "notices.py"),
    "alerts.copies": ("anchors.py", "numerals.yaml"),
    "alerts.desk": ("reading.py", "facts.py", "publishers.py", "agencies.yaml"),
    "alerts.desk.events": ("dates.py", "features.py", "lexicon.py", "lexicon.yaml"),
    "alerts.text": ("folding.py", "furniture.py", "furniture.yaml", "zones.py"),
}


def _edition() -> str:
    """A hash of everything that decides how a text is read: a number to count up by hand would be forgotten once."""
    made = blake2b(digest_size=6)
    for package, names in _READERS.items():
        for name in names:
            made.update(files(package).joinpath(name).read_bytes())
    return made.hexdigest()


EDITION = _edition()


def reading_of(candidate: Candidate) -> Reading:
    """What a candidate says, as its classifier read it or, if that read otherwise than we do, read now."""
    known = candidate.reading
    return known if known is not None and known.edition == EDITION else read(candidate)


def read(candidate: Candidate) -> Reading:
    """Read a candidate's text."""
    article, features = candidate.article, features_of(candidate)
    terms = features.terms
    return Reading(
        edition=EDITION,
        summary=shortened(lead(article), MAX_SUMMARY),
        notice=notice_of(article),
        wire=wire_of(article),
        toll=toll_of(article),
        leaders=leaders_of(article),
        terms=terms,
        shown={term: word for term, word in features.shown.items() if term in terms and term != word},
        acts=tuple(sorted(features.acts)),
        main=tuple(sorted(features.main)),
        again=features.again,
        countries=tuple(sorted(features.countries)),
        magnitudes=tuple(sorted(features.magnitudes)),
        days=tuple(sorted(features.days)),
        dated=tuple(sorted(features.dated)),
        rules=tuple(sorted(features.rules)),
    )


def features_in(reading: Reading) -> Features:
    """What the candidate can be recognised by."""
    return Features(
        terms=reading.terms,
        shown=reading.shown,
        acts=frozenset(reading.acts),
        main=frozenset(reading.main),
        again=reading.again,
        countries=frozenset(reading.countries),
        magnitudes=frozenset(reading.magnitudes),
        days=frozenset(reading.days),
        dated=frozenset(reading.dated),
        rules=frozenset(reading.rules),
    )


def lead(article: Article) -> str:
    """The lead on one line: `description`, else the first paragraph of the body; no page furniture."""
    if not article.description and not article.body_text:
        return ""
    if max(len(article.body_text), len(article.description or "")) > _LEAD_LOOK:
        start = {"body_text": article.body_text[:_LEAD_LOOK], "description": (article.description or "")[:_LEAD_LOOK]}
        article = article.model_copy(update=start)
    cut = prepare(article)
    return " ".join(" ".join(cut.text(zone) for zone in cut.of("lead")).split())


def shortened(text: str, most: int) -> str:
    """At most `most` code points, cut between words if one ends nearby, and marked with an ellipsis."""
    text = text.strip()
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    space = cut.rfind(" ", most * 3 // 4)
    return (cut[:space] if space > 0 else cut).rstrip() + "…"
