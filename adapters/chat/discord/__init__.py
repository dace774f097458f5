"""Discord: servers, threads and direct messages, over the gateway or by HTTP interactions."""
