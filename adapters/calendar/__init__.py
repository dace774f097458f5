"""Calendars of people, one folder a provider."""
