"""Slack's words for a final no → one sentence for people, which says what they can do. Pure.

Source: docs.slack.dev, "errors" of chat.postMessage, chat.update, chat.postEphemeral.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

NOT_IN: Final = frozenset({"not_in_channel", "channel_not_found"})
"""The bot is not in the channel; one that is private then does not exist for it."""

_INVITE = "I am not in {room}; type /invite @Parley there."
_RESTRICTED = (
    "Only some people may post in {room}, and I am not one of them; an owner of the workspace can let me."
)
_LOCKED = "The thread in {room} is locked or takes no answers, so I cannot post there."
_DIRECT = "I cannot write to that person directly."
_TOO_LONG = "Slack says that the message for {room} is too long."

_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "not_in_channel": _INVITE,
        "channel_not_found": _INVITE,
        "is_archived": "{room} is archived, so nothing can be posted there.",
        "restricted_action": _RESTRICTED,
        "restricted_action_read_only_channel": _RESTRICTED,
        "restricted_action_thread_only_channel": "In {room} I may only answer in threads; ask me in one.",
        "restricted_action_non_threadable_channel": "In {room} there are no threads; ask me outside one.",
        "restricted_action_thread_locked": _LOCKED,
        "thread_locked": _LOCKED,
        "cannot_reply_to_message": _LOCKED,
        "thread_not_found": "The thread in {room} is not there any more.",
        "message_not_found": "Somebody deleted the message in {room}, so it cannot be changed.",
        "cant_update_message": "The message in {room} cannot be changed any more.",
        "edit_window_closed": "The message in {room} cannot be changed any more.",
        "cant_delete_message": "The message in {room} cannot be taken away.",
        "msg_too_long": _TOO_LONG,
        "msg_blocks_too_long": _TOO_LONG,
        "cannot_dm_bot": _DIRECT,
        "user_not_found": _DIRECT,
        "user_disabled": _DIRECT,
        "messages_tab_disabled": _DIRECT,
    }
)
_OTHERWISE = "Slack did not let me post in {room} ({word})."


def sentence(word: str, room: str) -> str:
    """Why nothing was shown.

    Args:
        word: Slack's.
        room: how people call it: "#design", or "that conversation".
    """
    said = _SENTENCES.get(word, _OTHERWISE).format(room=room, word=word)
    return said[0].upper() + said[1:]
