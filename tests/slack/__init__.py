"""Slack end to end: `python -m bot serve` as a process, and people who use it in Slack."""
