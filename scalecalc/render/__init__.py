"""A Result as a rich table, JSON, JSON Lines, CSV or Markdown. Knows no command."""
