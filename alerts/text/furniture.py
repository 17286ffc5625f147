"""Page furniture: what stands on a page beside the story. It is left out of the zones; the article keeps it.

A page's banner, menu, cookie notice, share line or sign-off says nothing about the news, but holds its very words:
"Breaking News", "is a correspondent in Kyiv". What is taken out is decided line by line, by plain patterns; a line
that could be the story stays, since a lost alert is worse than a false one.
"""

import re

from alerts.text.folding import fold

_BANNER = (
    r"breaking(?: news)?|just in|news ?flash|news alert|live(?: updates?| blog)?|developing(?: story)?|urgent|watch|video"
    r"|exclusive|срочно|молния|срочные новости|último momento|última hora|urgente|eilmeldung|alerte info|dernière minute"
    r"|son dakika|flaş|عاجل|突发|快讯|шұғыл|терміново"
)
_BANNER_PREFIX = re.compile(rf"\W*(?:{_BANNER})\b(?:\s*[:|/»–—-]+\s*|\s*$)", re.IGNORECASE)
_BANNER_INLINE = re.compile(r"\s*(?:Breaking News|BREAKING NEWS|BREAKING|Latest News|LATEST NEWS)\s+(?=[A-Z\"“‘'])")
_BANNER_LINE = re.compile(rf"\W*(?:(?:{_BANNER})\W*)+", re.IGNORECASE)

_SEPARATOR = re.compile(r"\s+(?:[-–—|•·»]|::)+\s+")
_PUBLISHING = frozenset(
    "agency breaking broadcasting bulletin channel chronicle courier daily dispatch examiner express gazette globe "
    "guardian herald independent inquirer journal live magazine mail media mirror monitor network news newspaper "
    "newswire observer online post press radio record report reporter review standard star sun telegraph television "
    "times today tribune tv voice weekly wire world новости известия noticias nachrichten zeitung actualités haber "
    "haberleri 新闻 أخبار жаңалықтар новини".split()
)
# What names a kind of text rather than a publisher is evidence (see the signals), not furniture.
_KINDS = frozenset("opinion comment editorial analysis review explainer letters obituary quiz podcast".split())
_SMALL_WORDS = frozenset("a and at by da de del der des di du el et for in la le les of on the und y &".split())
_DOMAIN = re.compile(r"(?:www\.)?[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|news|info|tv|co|io|[a-z]{2})", re.IGNORECASE)


def headline(text: str, source: str) -> tuple[int, int]:
    """The part of a headline that is the story, in code points: no "BREAKING:" before, no publisher's name behind."""
    start, end = 0, len(text.rstrip())
    while m := _BANNER_PREFIX.match(text, start, end):
        start = m.end()
    if m := _BANNER_INLINE.match(text, start, end):
        start = m.end()
    names = fold(source).data.decode().replace(" ", "")
    while separators := list(_SEPARATOR.finditer(text, start, end)):
        last = separators[-1]
        rest = text[start : last.start()]
        if not rest.strip() or not _is_suffix(text[last.end() : end], last.group().strip(), rest, names):
            break
        end = last.start()
    while start < end and text[start].isspace():
        start += 1
    return start, end


def _is_suffix(segment: str, separator: str, rest: str, names: str) -> bool:
    """Whether the last segment of a title names its publisher (or is a banner) rather than telling the story."""
    if _BANNER_LINE.fullmatch(segment) or _DOMAIN.fullmatch(segment.strip()):
        return True
    words = fold(segment).data.decode().split()
    if not words or len(words) > 6 or not _KINDS.isdisjoint(words):
        return False
    if len("".join(words)) > 2 and "".join(words) in names:
        return True
    raw = segment.split()
    if any(word[0].islower() and word not in _SMALL_WORDS for word in raw) or any(map(str.isdecimal, words)):
        return False
    if not _PUBLISHING.isdisjoint(words):
        return len(rest.split()) >= 2
    # A bar is hardly ever punctuation; a dash often is: "Blast in Lima - Police".
    return separator == "|" and len(words) <= 4 and len(rest.split()) >= 4


_LINE = re.compile(r"[^\n\r\u2028\u2029\x0b\x0c]+")
_WORD = re.compile(r"[^\W_]+")

# A line is looked at closely only if it begins with one of these words, or is short.
_PATTERNS = {
    "accept agree allow we this by": (
        r"(?:accept|agree|allow|we use|we and our|this (?:site|website|page) uses|by (?:using|continuing|clicking))"
        r"\b.*\b(?:cookies?|privacy|consent|terms)\b"
    ),
    "cookie cookies privacy consent manage": r"(?:manage )?(?:cookies?|privacy|consent)\b.{0,80}$",
    "copyright all c ©": r"(?:copyright\b|©|\(c\)\s*(?:19|20)\d\d|all rights reserved)",
    "follow like join find connect": (
        r"(?:follow|like|join|find|connect with)\b.{0,60}\b(?:on|via)?\s*(?:twitter|facebook|instagram|telegram|whatsapp|"
        r"youtube|linkedin|tiktok|threads|bluesky|mastodon|google news|x\b|our (?:channel|newsletter|page)|social media)"
    ),
    "subscribe sign log newsletter get download register": (
        r"(?:subscribe\b|sign (?:up|in)\b|log ?in\b|newsletter\b|register\b|download (?:the|our)\b.*\bapp\b|"
        r"get (?:the|our|your|all|more|daily|breaking)\b.*\b(?:app|newsletter|inbox|alerts?|updates|notifications)\b)"
    ),
    "share tweet print email comment comments click tap swipe skip advertisement sponsored ad": (
        r"(?:(?:share|tweet|print|e?-?mail|comments?)\b(?:\s+(?:this|on|via|article|story|the|link|by|\d+|with|friends|"
        r"facebook|twitter|whatsapp|email|print|save|copy|tweet|share|page)\b)*\W*$|(?:click|tap|swipe) (?:here|to|for)\b|"
        r"skip to\b|advertise?ment\b|sponsored\b|ad\W*$)"
    ),
    "read related see more also most trending recommended editors up latest top popular": (
        r"(?:(?:read|see|watch|learn) (?:more|also|next)\b|also (?:read|see)\b|related\b.{0,40}(?::|$)|more (?:from|on|stories|"
        r"news|about)\b|most (?:read|popular|viewed|shared)\b|trending\b.{0,30}$|recommended\b.{0,30}$|"
        r"editor'?s'? picks?\b|up next\b|(?:latest|top) (?:news|stories|headlines|videos?)\W*$|popular\W*$)"
    ),
    "reporting editing writing additional compiled translated edited written our": (
        r"(?:(?:additional )?(?:reporting|editing|writing)(?: and (?:writing|editing|reporting))? by\b|"
        r"(?:compiled|translated|edited|written) by\b|our standards\b)"
    ),
    "by published updated posted last": (
        r"(?:by (?:[A-Z][\w.’'-]+[ ,&|]*(?:and )?){1,8}$|(?:published|updated|posted|last (?:updated|modified))\b.{0,60}$)"
    ),
    "photo image picture photograph credit file getty": (
        r"(?:photo|image|picture|photograph|credit|file photo|getty)s?(?: by| credit| source| courtesy)?\s*[:/©(].{0,120}$"
    ),
    "читайте подписывайтесь подпишитесь подписаться поделиться фото все смотрите": (
        r"(?:читайте (?:также|нас)|подпи(?:сывайтесь|шитесь|саться)|поделиться|фото:|все права защищены|смотрите также)"
    ),
    "síguenos suscríbete lea lee todos compartir siga": (
        r"(?:síguenos|suscríbete|le[ae] (?:también|más)|todos los derechos|compartir\W*$|siga)"
    ),
    "lire tous partager suivez abonnez": r"(?:lire aussi|tous droits|partager\W*$|suivez|abonnez)",
    "lesen alle teilen folgen mehr": r"(?:lesen sie auch|alle rechte|teilen\W*$|folgen sie|mehr zum thema)",
    "leia siga compartilhe": r"(?:leia (?:também|mais)|siga |compartilhe)",
    "اقرأ جميع تابعنا تابعونا شارك": r"(?:اقرأ أيضا|جميع الحقوق|تابعنا|تابعونا|شارك)",
    "читайте підписуйтесь підписатися усі": r"(?:читайте також|підпису|підписа|усі права)",
    "版权所有 更多阅读 分享 责任编辑": r"(?:版权所有|更多阅读|分享|责任编辑)",
}
_BY_FIRST_WORD: dict[str, list[re.Pattern[str]]] = {}
for _words, _pattern in _PATTERNS.items():
    _compiled = re.compile(_pattern, 0 if _pattern.startswith("(?:by") else re.IGNORECASE)
    for _word in _words.split():
        _BY_FIRST_WORD.setdefault(_word, []).append(_compiled)

_TRAIL = re.compile(r"\W*[^|›»>•·]{1,30}(?:\s*[|›»>•·]\s*[^|›»>•·]{1,30}){2,}\W*")
_MENU = frozenset(
    "home menu search share live video videos audio news world politics business sport sports opinion culture tech "
    "technology science health weather travel entertainment lifestyle subscribe more login close back next previous "
    "contact about us advertisement print email facebook twitter whatsapp telegram copy link save listen follow "
    "главная меню поиск новости inicio menú buscar accueil startseite suche ana sayfa".split()
)
_PERSON = r"[A-ZÀ-ÞА-Я][\w.’'-]+(?: (?:[A-ZÀ-ÞА-Я][\w.’'-]*|van|von|de|der|bin|al)){1,4}"
_TRADE = (
    r"correspondent|reporter|journalist|editor|writer|columnist|contributor|author|producer|bureau chief|freelancer?|"
    r"professor|lecturer|fellow|analyst|researcher|broadcaster|photographer|historian"
)
_BIO = re.compile(
    rf"\W*(?:{_PERSON}|(?:He|She|They)) (?:is|was|has been|are|works as)\b[^.\n]{{0,120}}?\b(?:{_TRADE})s?\b"
    r"(?:[^.\n]{0,40}?\b(?:for|at|with|of|in|based|covering|who covers|on)\b|\W*$)|"
    rf"\W*(?:{_PERSON}|(?:He|She|They)) (?:covers|reports|writes|has (?:covered|reported|written))\b"
)
_SIGN_OFF = re.compile(
    r"(?<=[.!?…”\")])\s+(?=\(?(?:Follow (?:us|him|her|me|them|@?[A-Z]\w+)\b.{0,40} on\b|Copyright\b|©|All rights reserved|"
    r"Subscribe (?:to|now)|Sign up (?:for|to)|Click here|Read more\b|(?:Additional r|R)eporting by|Editing by|Writing by)|"
    rf"{_PERSON} is (?:an?|the|our) [^.\n]{{0,80}}?\b(?:{_TRADE})\b[^.\n]{{0,40}}?\b(?:for|at|with|based|covering)\b)"
)
_SIGN_OFF_WITHIN = 700


def story(text: str) -> list[tuple[int, int]]:
    """The lines of a text that are the story, as ranges of code points, in order, without blanks at their ends."""
    lines = [line for m in _LINE.finditer(text) if (line := _stripped(text, *m.span()))]
    kept = [line for line in lines if not is_furniture(text[line[0] : line[1]])]
    kept = _without_menu(text, kept)
    _drop_sign_off(text, kept)
    if kept and (m := _BANNER_INLINE.match(text, *kept[0])):
        kept[0] = m.end(), kept[0][1]
    # A text that seems to be nothing but furniture is a text we do not understand: keep it.
    return kept or [line for line in lines if not _BANNER_LINE.fullmatch(text, *line)]


def _stripped(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None


def is_furniture(line: str) -> bool:
    """Whether a line, wherever it stands, is no part of a story."""
    m = _WORD.search(line)
    if m is None:
        return True
    first = m.group().casefold()
    patterns = _BY_FIRST_WORD.get(first)
    if patterns and any(pattern.match(line, m.start()) for pattern in patterns):
        return True
    if len(line) > 160:
        return False
    if line.lstrip().startswith("©") or _BANNER_LINE.fullmatch(line):
        return True
    if _TRAIL.fullmatch(line) and not line.endswith((".", "!", "?")):
        return True
    return _MENU.issuperset(word.casefold() for word in _WORD.findall(line))


def _without_menu(text: str, lines: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without four or more very short lines in a row at the top: a menu that names sections or places."""
    count = 0
    while count < len(lines) and _is_label(text[slice(*lines[count])]):
        count += 1
    return lines[count:] if count >= 4 and count < len(lines) else lines


def _is_label(line: str) -> bool:
    return len(line) <= 30 and len(line.split()) <= 3 and line[-1] not in ".!?:;,…\"”"


def _drop_sign_off(text: str, lines: list[tuple[int, int]]) -> None:
    """Take the author's note and its like off the end, whole lines first, then the tail of the last line."""
    while len(lines) > 1 and lines[-1][1] - lines[-1][0] <= _SIGN_OFF_WITHIN and _BIO.match(text, *lines[-1]):
        lines.pop()
    if not lines:
        return
    start, end = lines[-1]
    if m := _SIGN_OFF.search(text, max(start, end - _SIGN_OFF_WITHIN), end):
        lines[-1] = start, m.start()
