"""What the book adds to Sphinx; each module is one extension."""
