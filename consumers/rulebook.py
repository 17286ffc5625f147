"""The rule set in force."""

from pathlib import Path

from alerts.rules import InvalidRules, RuleSet, default_rules, load
from consumers.settings import InvalidSetting


class Rulebook:
    """Reads the rules file once, at start; without one, the default rules are in force."""

    def __init__(self, path: Path | None, *, named_by: str = "ALERTS_RULES") -> None:
        """Read the file; `named_by` is the setting or option to blame.

        Raises:
            InvalidSetting: it cannot be read, or it is not a valid rules file.
        """
        self.rules: RuleSet = default_rules() if path is None else _read(path, named_by)


def _read(path: Path, named_by: str) -> RuleSet:
    try:
        return load(path.read_text(encoding="utf-8"), file=str(path))
    except (OSError, UnicodeDecodeError) as exc:
        raise InvalidSetting(f"{named_by}={path}: cannot be read: {getattr(exc, 'strerror', None) or exc}") from None
    except InvalidRules as exc:
        raise InvalidSetting(f"{named_by}={path}: {exc}") from None
