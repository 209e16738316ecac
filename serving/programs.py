"""Which program somebody uses, in a few words, from what the program says of itself; the rest of it is not kept."""

from __future__ import annotations

_MOST = 400
_BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("HeadlessChrome", "Chrome"), ("Chrome", "Chrome"),
    ("Safari", "Safari"), ("curl", "curl"), ("python", "A program"), ("httpx", "A program"),
)  # fmt: skip
"""In this order: most browsers also claim to be the ones further down."""
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def program_of(user_agent: str) -> str:
    """Browser and system from a User-Agent; empty when neither is known.

    >>> program_of("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0 Safari/537.36")
    'Chrome on Linux'
    >>> program_of("")
    ''
    """
    text = user_agent[:_MOST]
    browser = next((name for mark, name in _BROWSERS if mark in text), "")
    system = next((name for mark, name in _SYSTEMS if mark in text), "")
    return f"{browser} on {system}" if browser and system else browser or system
