"""Rules: what makes a text breaking news, in a language that editors read and write.

found        what a search found in a text; guards: which words to watch for
expression   the tree of an expression: what it asks of a text; operators: its inner nodes
grammar      tokens, and in which order nodes are made of them; building: the nodes
syntax       from text to tree, or to an error with its column
query        an expression by itself: subscribers' text filters
rule         one rule, checked; document: what may stand in a file; values: YAML, quickly;
             source: with the place of everything
search       many expressions in one pass over a text; glance: a first look, which is enough for most articles
signals      look-alikes: named features that hold rules back (signals.yaml)
judgement    one article before one rule set; ruleset: the rules together
loading      files to rule sets; wording: pydantic's faults in our words; languages: codes and what is written instead
examples     what stands beside a rule to prove it
lint         what is allowed but odd; witness: whether any text fires a rule; stems: which words a `stem*` runs into
nearly       which rules nearly fired on an article, and what was missing
"""

from alerts.rules.examples import Failure, failures
from alerts.rules.lint import warnings
from alerts.rules.loading import Edition, default_edition, default_rules, edition, load
from alerts.rules.query import Query, parse_query
from alerts.rules.rule import Rule
from alerts.rules.ruleset import RuleSet
from alerts.rules.signals import NAMES as SIGNALS
from alerts.rules.source import InvalidRules, Problem
from alerts.rules.syntax import InvalidQuery

__all__ = [
    "SIGNALS",
    "Edition",
    "Failure",
    "InvalidQuery",
    "InvalidRules",
    "Problem",
    "Query",
    "Rule",
    "RuleSet",
    "default_edition",
    "default_rules",
    "edition",
    "failures",
    "load",
    "parse_query",
    "warnings",
]
