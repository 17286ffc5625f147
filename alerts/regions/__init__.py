"""Places: the tree they stand in, their names in many languages, and which of them a text is about.

`resolve` reads a prepared article. Names are found by one automaton over the folded text (`gazetteer`), freed of look-
alikes and given one meaning each (`mentions`, `senses`), then weighed by where they stand (`resolver`). The tree
(`hierarchy`) says what lies in what. The data comes from public sources, compiled by `.dev/build_gazetteer.py`; docs/
data.md names them.
"""

from alerts.regions.hierarchy import ancestors, children, is_region, known, name
from alerts.regions.resolver import Places, resolve

__all__ = ["Places", "ancestors", "children", "is_region", "known", "name", "resolve"]
