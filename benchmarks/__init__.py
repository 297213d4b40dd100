"""The same jobs run by dlbook and by its peers; see README.md in this folder."""
