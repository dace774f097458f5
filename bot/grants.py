"""What owners granted at providers: one grant may stand behind several linked accounts.

Whoever links one account of a provider in two workspaces has granted once, and revoking ends all of it.
"""

import hmac
from datetime import datetime
from hashlib import sha256
from typing import Final

from bot.office import Office
from scheduling_core.ports import Reading, Transaction

SIGNED_IN: Final = "calendar.signed_in"
"""Kind of the record, by mark, that an account waits for its code; says until when."""


def mark_of(office: Office, provider: str, identity: str) -> str:
    """The same for every sign-in to one account of a provider; tells nobody which one it is.

    Args:
        identity: see `NewAccount.identity`.
    """
    return hmac.new(office.uid_key, f"grant\0{provider}\0{identity}".encode(), sha256).hexdigest()[:32]


async def note_sign_in(tx: Transaction, mark: str, until: datetime) -> None:
    """Somebody signed in; what comes of it is known at *until* at the latest."""
    await tx.save_record(SIGNED_IN, mark, until.isoformat(), until)


async def settle_sign_in(tx: Transaction, mark: str) -> None:
    """What came of the sign-in is known."""
    await tx.drop_record(SIGNED_IN, mark)


async def is_undecided(reading: Reading, mark: str, now: datetime) -> bool:
    """Whether an account waits for its code that may need the grant."""
    until = await reading.record(SIGNED_IN, mark)
    return until is not None and datetime.fromisoformat(until) > now
