"""Two hundred random stories, after every step of which the laws hold (see `laws`).

A failure prints the shortest story that breaks a law and a blob to tell it again. `HYPOTHESIS_PROFILE=ci`
tells the same stories each time.
"""

import asyncio
import os
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from adapters.storage import migrate
from tests.bot.stories.asking import Asking
from tests.bot.stories.changing import Changing
from tests.bot.stories.failing import Failing
from tests.bot.stories.inline_sqlite import InlineSqlite
from tests.bot.stories.people import PEOPLE, ROOMS, move_in
from tests.bot.stories.picking import Picking

RANDOM = settings(
    max_examples=200,
    stateful_step_count=12,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)
CI = settings(RANDOM, derandomize=True)


class Stories(Asking, Picking, Changing, Failing):
    """Everything that can happen."""


def test_the_laws_hold_in_every_story(tmp_path: Path) -> None:
    template = tmp_path / "moved-in.db"
    asyncio.run(migrate(f"sqlite:///{template}"))
    Stories.sqlite, Stories.template = InlineSqlite(template), template
    move_in(Stories.sqlite, template, PEOPLE, ROOMS)
    is_fixed = os.environ.get("HYPOTHESIS_PROFILE") == "ci"
    run_state_machine_as_test(Stories, settings=CI if is_fixed else RANDOM)
