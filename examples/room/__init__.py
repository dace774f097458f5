"""A small message room that takes Parley in by the public room protocol and knows nothing else about it.

Read in this order: `link.py` (the protocol, both directions), `store.py` (what the room remembers),
`server.py` (what the browser talks to). It has no sign-in: whoever opens `?as=u-1` is u-1.
"""
