"""Keys: long random texts. What is kept of one is its hash, so that whoever reads the database holds no key."""

import hashlib
import hmac
import re
import secrets

COOKIE_PREFIX = "particlesnn_"
_ID = re.compile(r"[A-Za-z0-9_-]{16}")


def new_id() -> str:
    """Make an id of 96 random bits; it is no secret but cannot be counted through."""
    return secrets.token_urlsafe(12)


def new_key() -> str:
    """Make a key of 256 random bits."""
    return secrets.token_urlsafe(32)


def hash_of(key: str) -> str:
    """Return what is kept of a key. So long a random key needs no slow hash: there is nothing to guess."""
    return hashlib.sha256(key.encode()).hexdigest()


def opens(key: str, kept: str | None) -> bool:
    """Tell in constant time whether a key is the one that the hash was made of."""
    return hmac.compare_digest(hash_of(key), kept or "")


def is_id(text: str) -> bool:
    """Tell whether a text may be an id at all."""
    return _ID.fullmatch(text) is not None
