"""What stands around every page: its icons, scripts, style sheet and head."""
