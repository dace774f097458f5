"""What the bot says and when: conversation, durable jobs, pages and composition."""
