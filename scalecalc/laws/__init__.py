"""What loss follows: published scaling laws in plain arithmetic."""
