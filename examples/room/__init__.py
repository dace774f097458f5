"""A small message room that takes Parley in by the public room protocol and knows nothing else about it.

Read in this order: `link.py` (the protocol's signatures and repeats), `server.py` (what people do, what
goes to the bot, what comes back), `store.py` (what the room remembers), `tabs.py` (live updates),
`static/cards.js` (how a card is drawn). `mailbox.py` is for the demo only. The room has no sign-in:
whoever opens `?as=u-1` is u-1.
"""
