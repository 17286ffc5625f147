"""Text made ready to be searched: folded with offsets into the original, cut into zones, without page furniture."""

from alerts.text.excerpt import context
from alerts.text.folding import Folded, fold
from alerts.text.markup import html_to_text
from alerts.text.zones import BODY_AT_MOST, ZONES, Prepared, Zone, prepare

__all__ = ["BODY_AT_MOST", "ZONES", "Folded", "Prepared", "Zone", "context", "fold", "html_to_text", "prepare"]
