"""Tables of PDFs by their geometry."""

from __future__ import annotations


def tables_of_pdf(path, printed, notes):
    return ()
