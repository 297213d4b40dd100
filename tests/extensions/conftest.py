"""The tiny book, for every test of this folder."""

from tiny_book import book

__all__ = ["book"]
