"""`serve` with less patience: looks for what dead processes left every 0.2 s, and ends 3 s after a signal."""

import asyncio
import os
from datetime import timedelta

from bot import app
from bot.config import load

if __name__ == "__main__":
    often, soon = timedelta(seconds=0.2), timedelta(seconds=3)
    asyncio.run(app.serve(load(None, os.environ), recover_every=often, ends_within=soon))
