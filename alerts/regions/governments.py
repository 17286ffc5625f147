"""A capital that stands for its government: `Washington says`, `New Delhi-backed`, `talks between Moscow and Tehran`.

Then the news is about the state, not about the town. And a town that stands for its team: `Boston Celtics`. Both are
told by what stands right before and behind, in English.
"""

import re

_VERBS = (
    "warn|accuse|urge|reject|vow|call|demand|want|threaten|impose|condemn|agree|insist|expel|recall|refuse|welcome|"
    "summon|back|offer|announce|hope|believe|claim|criticise|criticize|denounce|pledge|promise|respond|retaliate|deploy|"
    "recognise|recognize|approve|suspend|lift|ease|consider|fear|expect|ask|add|confirm|declare|oppose|support|sanction|"
    "withdraw|deny|seek|send|tell|ban|plan|admit|say"
)
_IRREGULAR = "said|denies|denied|sought|sent|told|withdrew|banned|planned|admitted|expelled|eyes"
_AUXILIARIES = "has|have|had|is|was|will|would|could|may|might|must|should"
_OF_THE_STATE = (
    "stance|position|decision|demands?|policy|government|allies|ally|ambassador|envoy|troops|forces|sanctions|claims?|"
    "offer|proposal|refusal|support|relations|ties"
)
_BEHIND = re.compile(
    rf" (?:also |now |again )?(?:(?:{_VERBS})(?:s|es|d|ed)|{_IRREGULAR})\b"
    rf"|(?: (?:{_AUXILIARIES}))+(?: not| also)? (?:(?:{_VERBS})(?:d|ed|ing)?|{_IRREGULAR})\b"
    r"|-(?:backed|led|brokered|sponsored|funded|supported|imposed|friendly|aligned)\b"
    rf"|['’]s (?:\w+ ){{0,2}}(?:{_OF_THE_STATE})\b"
)
_BEFORE = re.compile(
    r"\b(?:between|with|against|accuse[sd]?|warns?|warned|urge[sd]?|tells?|told|asks?|asked|pressure[sd]?) "
    r"(?:[A-Z]\w+ and )?$|\bbetween (?:[A-Z][\w.]+,? )+and $"
)
_REACH = 48
"""How far before a name its verb may begin, in code points."""

_TEAM = re.compile(
    r" (?:76ers|Angels|Astros|Athletics|Avalanche|Bears|Bengals|Bills|Blackhawks|Blue Jays|Braves|Brewers|Broncos|"
    r"Browns|Bruins|Buccaneers|Bucks|Bulls|Canadiens|Canucks|Capitals|Cardinals|Cavaliers|Celtics|Chargers|Chiefs|"
    r"Clippers|Colts|Commanders|Cowboys|Cubs|Diamondbacks|Dodgers|Dolphins|Eagles|Falcons|Flames|Flyers|Giants|Grizzlies|"
    r"Guardians|Hawks|Heat|Hornets|Hurricanes|Islanders|Jaguars|Jets|Kings|Knicks|Lakers|Lightning|Lions|Mariners|"
    r"Marlins|Mavericks|Mets|Nationals|Nets|Nuggets|Oilers|Orioles|Packers|Padres|Panthers|Patriots|Pelicans|Penguins|"
    r"Phillies|Pirates|Pistons|Predators|Raiders|Rams|Rangers|Raptors|Ravens|Red Sox|Red Wings|Redskins|Reds|Rockets|"
    r"Rockies|Royals|Sabres|Saints|Seahawks|Senators|Sharks|Spurs|Steelers|Suns|Texans|Thunder|Timberwolves|Titans|"
    r"Trail Blazers|Twins|Vikings|White Sox|Wizards|Yankees)\b"
)


def is_government(text: str, at: int, to: int) -> bool:
    """Whether the capital named at `text[at:to]` acts, or is acted with, as a state does."""
    return _BEHIND.match(text, to) is not None or _BEFORE.search(text, max(0, at - _REACH), at) is not None


def is_team(text: str, to: int) -> bool:
    """Whether the town whose name ends at `to` is a team of the North American leagues, which plays anywhere."""
    return _TEAM.match(text, to) is not None
