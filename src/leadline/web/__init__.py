"""The web face: reads the archive and the ledger, and computes nothing.

``pages`` say which address shows what, ``views`` print them from the ``Shelf``, ``press`` keeps
what was printed until the store has news, and ``app`` answers over HTTP.
"""
