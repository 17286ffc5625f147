"""Same event: which open story a report belongs to that is neither a version nor a copy of what is known.

`lexicon` (what words tell), `features` (what a report can be recognised by), `signature` (the same of a story, kept in
its record), `likeness` (how sure it is that both are one event), `index` (the open stories, and which comes nearest).
"""

from alerts.desk.events.features import Features, features_of
from alerts.desk.events.index import Events, Found
from alerts.desk.events.signature import Signature

__all__ = ["Events", "Features", "Found", "Signature", "features_of"]
