"""The page on which people let us see their calendars, as providers show it: whose account, which rights."""

import html
from collections.abc import Mapping, Sequence

_STYLE = (
    "body{font:16px/1.5 sans-serif;background:#eef1f6;display:grid;place-items:center;min-height:95vh}"
    "main{background:#fff;border-radius:16px;padding:32px;width:26rem}label{display:flex;gap:10px}"
    "button{font:inherit;padding:8px 22px;border-radius:20px;border:1px solid #b9c0cc;margin:18px 8px 0 0}"
)


def consent_page(
    title: str,
    account: str,
    rights: Sequence[tuple[str, str]],
    query: Mapping[str, str],
    *,
    allow: str,
    has_boxes: bool,
) -> str:
    """The page as HTML; its form comes back with the query, the ticked rights and the answer.

    Args:
        account: who is signed in, in this browser.
        rights: what is asked for: scopes, and the words for them.
        allow: the label of the button that agrees.
        has_boxes: single rights can be unticked.
    """
    items = "".join(_right(scope, words, has_boxes=has_boxes) for scope, words in rights)
    hidden = "".join(
        f'<input type="hidden" name="q.{name}" value="{html.escape(value)}">' for name, value in query.items()
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style><main><h1>{title}</h1><p>{html.escape(account)}</p>"
        f'<form method="post">{hidden}{items}'
        f'<button name="answer">Cancel</button><button name="answer" value="allow">{allow}</button>'
        "</form></main></html>"
    )


def _right(scope: str, words: str, *, has_boxes: bool) -> str:
    box = f'<input type="checkbox" name="scope" value="{scope}" checked>' if has_boxes else "<span>•</span>"
    return f"<label>{box}{html.escape(words)}</label>"
