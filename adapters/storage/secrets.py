"""What must not be readable in the database file: sealed with Fernet, under keys that can be rotated.

Source: the Fernet specification, https://github.com/fernet/spec (AES-128-CBC and HMAC-SHA256).
"""

from collections.abc import Sequence
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

_REMEMBERED = 4096


class WrongKey(Exception):
    """Something stored was sealed with a key that is not among the configured ones."""

    def __init__(self) -> None:
        super().__init__(
            "Stored data cannot be opened with the configured keys: "
            "add the key it was sealed with behind the newest one."
        )


class Vault:
    """Seals and opens short texts.

    Args:
        keys: url-safe base64 of 32 bytes each (`Vault.new_key`), newest first: the first seals, all open.

    Raises:
        ValueError: no key, or one of another form. The message does not repeat it.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("at least one key is needed to keep secrets")
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise ValueError("a key is 32 bytes in url-safe base64") from None
        # Contact details of a room are read with every delivery; sealed text is never the same twice,
        # so remembering what a text opened to is safe.
        self._opened = lru_cache(_REMEMBERED)(self._open)

    @staticmethod
    def new_key() -> str:
        """A fresh random key."""
        return Fernet.generate_key().decode()

    def seal(self, text: str) -> str:
        """*text* encrypted with the newest key: ASCII, another one each time."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """What `seal` was given.

        Raises:
            WrongKey: no configured key fits, or the sealed text was changed.
        """
        return self._opened(sealed)

    def rotate(self, sealed: str) -> str:
        """The same secret, sealed with the newest key.

        Raises:
            WrongKey: no configured key fits, or the sealed text was changed.
        """
        try:
            return self._fernet.rotate(sealed).decode()
        except InvalidToken:
            raise WrongKey from None

    def seal_optional(self, text: str | None) -> str | None:
        """`seal`, where nothing stays nothing."""
        return None if text is None else self.seal(text)

    def open_optional(self, sealed: str | None) -> str | None:
        """`open`, where nothing stays nothing."""
        return None if sealed is None else self.open(sealed)

    def _open(self, sealed: str) -> str:
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise WrongKey from None
