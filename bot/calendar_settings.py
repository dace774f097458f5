"""The tables of `[calendar]`: one for each kind of calendar that people can link."""

from typing import Annotated

from pydantic import Field

from bot.setting_values import Section


class Calendar(Section):
    """What holds for all of them."""

    answer_within_seconds: Annotated[float, Field(gt=0, le=60)] = 8.0
