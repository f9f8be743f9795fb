"""Broadsheet: raw news dumps in, a clean, checked, queryable corpus out."""

__version__ = "0.1.0"
