"""What a meeting, a slot and a card are, and which rules hold: values in, values out, no I/O."""
