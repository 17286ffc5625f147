import gzip
import re

from consumers.gateway.http import Answer, content_security_policy, error, lean, packed, response, static


def test_the_policy_allows_nothing_inline_or_foreign() -> None:
    """Scripts and styles come from this server's files only; nobody may frame the page."""
    policy = content_security_policy("127.0.0.1:8765")
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "connect-src 'self' ws://127.0.0.1:8765 wss://127.0.0.1:8765;" in policy


def test_the_labs_page_may_ask_the_other_listener_and_nobody_else() -> None:
    """It is on the same machine at another port; the page has no websocket."""
    policy = content_security_policy("[::1]:8765", 8766)
    assert "connect-src 'self' http://[::1]:8766 https://[::1]:8766;" in policy
    assert "ws:" not in policy
    assert "evil" not in content_security_policy("evil.example; script-src *", 8766)


def test_a_strange_host_gets_no_word_in_the_policy() -> None:
    """A header cannot add directives."""
    assert "evil" not in content_security_policy("evil.example; script-src *")


def test_the_page_obeys_its_policy() -> None:
    """No inline script, style or handler, and nothing fetched from elsewhere."""
    files = static()
    for path in ("/", "/lab"):
        page = files[path].body.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", page)
    for path, answer in files.items():
        assert not re.search(rb"https?://(?!www\.w3\.org/)", answer.body), path
    scripts = b"".join(answer.body for path, answer in files.items() if path.endswith(".js"))
    assert b"innerHTML" not in scripts
    assert b"eval(" not in scripts


def test_the_page_is_small() -> None:
    """All that the page loads is below 150 KB as it stands, and far below as browsers take it (gzip).

    The rule lab is a page of its own, the types are for programmers.
    """
    files = static().items()
    own = [answer for path, answer in files if not path.startswith("/page/lab") and not path.endswith(".d.ts")]
    assert sum(len(packed(answer).body) for answer in own) < 75_000
    assert sum(len(answer.body) for answer in own) < 145_000


def test_a_lean_script_is_the_same_line_by_line() -> None:
    """Only indentation and comments are gone; where text goes over several lines, which may need both, nothing is."""
    assert lean(b"// why\nif (a) {\n  // because\n  b('// c'); // d\n}\n") == b"\nif (a) {\n\nb('// c'); // d\n}\n"
    text = b"  const rules = `\n  - id: a\n  // not ours\n`;\n"
    assert lean(text) == text


def test_what_is_packed_is_the_same() -> None:
    """Under a tag of its own, so that no cache gives one for the other."""
    plain = static()["/page/page.js"]
    small = packed(plain)
    assert gzip.decompress(small.body) == plain.body
    assert dict(small.headers)["Content-Encoding"] == "gzip"
    assert dict(small.headers)["ETag"] != dict(plain.headers)["ETag"]


def test_every_answer_is_guarded() -> None:
    """Types are not sniffed, nothing is stored unless said otherwise, and a HEAD has no body."""
    answered = response(error(404, "not_found", "nothing"))
    assert answered.headers["X-Content-Type-Options"] == "nosniff"
    assert answered.headers["Cache-Control"] == "no-store"
    short = response(Answer(200, b"abc"), head=True)
    assert (short.headers["Content-Length"], short.body) == ("3", b"")
