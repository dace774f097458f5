"""The commands we register."""

import pytest

from adapters.chat.discord.commands import MEET_WITH, commands, digest, verb_of
from scheduling_core.meet_syntax import VERBS
from tests.adapters.discord.commands import characters, registration_breaches


def test_discord_takes_all_commands() -> None:
    made = commands("/meet")
    assert registration_breaches(made) == []
    assert [one["name"] for one in made] == ["meet", *(f"meet-{verb}" for verb in VERBS), MEET_WITH]
    assert max(map(characters, made)) < 1000


def test_whom_to_meet_is_asked_first_and_nothing_must_be_said() -> None:
    options = commands("meet")[0]["options"]
    names = ["with", "length", "when", "title", "timezone", "text"]
    assert [one["name"] for one in options] == names
    assert not any(one.get("required") for one in options)
    assert [one["name"] for one in options if one.get("autocomplete")] == ["length", "when", "timezone"]


def test_commands_work_in_servers_and_messages_wherever_we_are_installed() -> None:
    for one in commands("/meet"):
        assert (one["integration_types"], one["contexts"]) == ([0, 1], [0, 1, 2])


@pytest.mark.parametrize("word", ["", "/", "Meet", "meet me", "m" * 23, "team-list", "a/b"])
def test_a_word_that_discord_or_we_could_not_read_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="“"):
        commands(word)


@pytest.mark.parametrize("word", ["m" * 22, "treffen", "встреча", "meet_up"])
def test_other_words_are_commands_too(word: str) -> None:
    assert registration_breaches(commands(word)) == []


@pytest.mark.parametrize("verb", VERBS)
def test_the_commands_beside_it_are_told_by_their_end(verb: str) -> None:
    assert verb_of(f"meet-{verb}") == verb
    assert verb_of(verb) is None


def test_the_digest_changes_with_the_commands_only() -> None:
    assert digest(commands("/meet")) == digest(commands("meet"))
    assert digest(commands("/meet")) != digest(commands("/parley"))
