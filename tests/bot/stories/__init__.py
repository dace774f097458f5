"""Random stories of people, times and failures, and what must hold after every step of them.

`world` is the town that outlives the bot's process, `facts` reads what the bot believes, `laws` says what
must be true, `asking`, `picking`, `changing` and `failing` are the steps, `test_stories` runs them.
"""
