"""Every card, form and mail the bot can show; pure: values in, a `Card` (or a mail's words) out."""
