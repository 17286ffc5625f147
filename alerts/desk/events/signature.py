"""What a story is recognised by: its first report, and what its first few independent reports said together."""

from math import isqrt
from operator import mul
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from alerts.desk.events.features import Features
from alerts.desk.events.table import keeping_hashes
from alerts.made import maker

MOST_REPORTS = 13
"""Later reports add nothing: a story is what its first reports say, or it would wander off with its follow-ups."""
MOST_TERMS = 400


def _norm(weights: dict[str, int]) -> int:
    values = weights.values()
    return isqrt(sum(map(mul, values, values)))


_Weights = Annotated[dict[str, int], AfterValidator(keeping_hashes)]


class Signature(BaseModel):
    """As it stands in the story's record on `desk.state`; weights are those of `Features`, times how rare a term was.

    Attributes:
        first: terms of the first report.
        together: terms of the first reports together, where there are several: most stories have one report, and what
            a desk has to read when it starts is mostly this.
        reports: how many those are.
        norms: the sum of their lengths as vectors.
        acts, countries, magnitudes: of the first report that had any.
        days, again, rules: of the first report.
        dated: the dates that its reports bear, where they came with others.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True, serialize_by_alias=True)

    first: _Weights
    together: Annotated[_Weights | None, Field(alias="all")] = None
    reports: int = 1
    norms: int = 0
    acts: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    magnitudes: tuple[int, ...] = ()
    days: tuple[int, ...] = ()
    dated: tuple[int, ...] = ()
    again: bool = False
    rules: tuple[str, ...] = ()

    @property
    def all(self) -> dict[str, int]:
        """Terms of the first reports together."""
        return self.first if self.together is None else self.together

    @staticmethod
    def of(features: Features, weights: dict[str, int]) -> "Signature":
        """The signature of a story that begins with this report."""
        return _signature(
            first=weights,
            norms=_norm(weights),
            acts=tuple(sorted(features.acts)),
            countries=tuple(sorted(features.countries)),
            magnitudes=tuple(sorted(features.magnitudes)),
            days=tuple(sorted(features.days)),
            dated=tuple(sorted(features.dated)),
            again=features.again,
            rules=tuple(sorted(features.rules)),
        )

    def joined(self, features: Features, weights: dict[str, int]) -> "Signature":
        """The signature after another report joined the story."""
        if self.reports >= MOST_REPORTS:
            return self
        before = self.all
        together = before | weights
        for term in filter(before.__contains__, weights):
            together[term] += before[term]
        if len(together) > MOST_TERMS:
            together = keeping_hashes(dict(sorted(together.items(), key=lambda one: (-one[1], one[0]))[:MOST_TERMS]))
        return _signature(
            first=self.first,
            together=together,
            reports=self.reports + 1,
            norms=self.norms + _norm(weights),
            acts=self.acts or tuple(sorted(features.acts)),
            countries=self.countries or tuple(sorted(features.countries)),
            magnitudes=self.magnitudes or tuple(sorted(features.magnitudes)),
            days=self.days,
            dated=tuple(sorted({*self.dated, *features.dated})) if features.dated else self.dated,
            again=self.again,
            rules=self.rules,
        )


_signature = maker(Signature)
