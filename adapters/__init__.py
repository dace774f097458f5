"""Everything outside the process: chat platforms, mail, storage; each speaks the ports of the core."""
