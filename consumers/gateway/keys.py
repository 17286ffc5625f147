"""Public keys for tokens that others sign: a JWKS (RFC 7517) from a file or a URL, read again now and then."""

import asyncio
import http.client
import json
import logging
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import jwt
from jwt import PyJWK

from consumers.settings import InvalidSetting

log = logging.getLogger(__name__)

ALGORITHMS = frozenset({"RS256", "ES256"})
EVERY = 300.0  # seconds between two readings
AT_MOST_EVERY = 10.0  # seconds, however many tokens name a key we do not know
READ_WITHIN = 5.0
LARGEST = 1_000_000  # bytes


class KeysUnavailable(RuntimeError):
    """The key set cannot be had, or is none."""


def parse(text: str | bytes) -> dict[str, PyJWK]:
    """The usable keys of a JWKS by their id; keys for other algorithms or for encryption are left out.

    Raises:
        KeysUnavailable: it is no JWKS, or holds nothing that we can use.
    """
    try:
        listed = json.loads(text)["keys"]
        found: dict[str, PyJWK] = {}
        for number, each in enumerate(listed):
            key = _key(each)
            if key is not None:
                found[key.key_id or f"{number} without an id"] = key
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise KeysUnavailable(f"not a JWKS ({type(exc).__name__})") from None
    if not found:
        raise KeysUnavailable(f"no key in it is for {' or '.join(sorted(ALGORITHMS))}")
    return found


def _key(data: dict[str, Any]) -> PyJWK | None:
    if data.get("use", "sig") != "sig" or data.get("kty") not in {"RSA", "EC"}:
        return None
    try:
        key = PyJWK(data)
    except jwt.PyJWTError:
        return None
    return key if key.algorithm_name in ALGORITHMS else None


class Keys:
    """The keys in force. One reading at a time; what cannot be read leaves the old ones in force."""

    def __init__(self, place: str) -> None:
        """Keys from a path or an `https://` URL."""
        self._place = place
        self._keys: dict[str, PyJWK] = {}
        self._read_at = 0.0
        self.stale = False
        """Whether the last reading failed: a key that is not known may be new."""
        self._turn = asyncio.Lock()

    def find(self, kid: str | None, algorithm: str) -> PyJWK | None:
        """The key that a token names; one that names none may mean the only one."""
        fitting = [key for key in self._keys.values() if key.algorithm_name == algorithm]
        if kid is None:
            return fitting[0] if len(fitting) == 1 else None
        key = self._keys.get(kid)
        return key if key in fitting else None

    async def start(self) -> None:
        """Read them for the first time.

        Raises:
            InvalidSetting: they cannot be had.
        """
        try:
            await self._read()
        except KeysUnavailable as exc:
            raise InvalidSetting(f"ALERTS_GATEWAY_JWKS={self._place}: {exc}") from None

    async def know(self, kid: str) -> None:
        """Read again if a token names a key that is not known: it may be new."""
        if kid in self._keys:
            return
        async with self._turn:
            if kid not in self._keys and time.monotonic() - self._read_at >= AT_MOST_EVERY:
                await self._refresh()

    async def run(self) -> None:
        """Read again now and then, until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            async with self._turn:
                await self._refresh()

    async def _refresh(self) -> None:
        try:
            await self._read()
            self.stale = False
        except KeysUnavailable as exc:
            self.stale = True
            log.warning("ALERTS_GATEWAY_JWKS: %s; the keys read before stay in force", exc)

    async def _read(self) -> None:
        self._read_at = time.monotonic()
        try:
            async with asyncio.timeout(READ_WITHIN + 1):
                self._keys = parse(await asyncio.to_thread(self._fetch))
        except (OSError, TimeoutError, urllib.error.URLError, http.client.HTTPException) as exc:
            raise KeysUnavailable(f"cannot be read ({exc or type(exc).__name__})") from None

    def _fetch(self) -> bytes:
        if not self._place.startswith("https://"):
            return Path(self._place).read_bytes()
        with urllib.request.urlopen(self._place, timeout=READ_WITHIN) as answer:  # noqa: S310 - https, by setting
            body: bytes = answer.read(LARGEST + 1)
        if len(body) > LARGEST:
            raise KeysUnavailable(f"larger than {LARGEST} bytes")
        return body
