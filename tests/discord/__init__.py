"""The shipped process and the Discord that is played around it."""
