"""What people decide about values, records and studies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from miner.errors import UsageError
from miner.paths import as_path
from miner.workspace import arguments
from miner.workspace.base import Place

if TYPE_CHECKING:
    from miner.jobs.review import RecordedDecisions


class Reviews:
    """The reviewers' part of a workspace, as ``Workspace.reviews`` gives it; single decisions are ``Workspace.review``.

    Examples
    --------
    >>> import tempfile, miner
    >>> reviews = miner.Workspace.create(tempfile.mkdtemp()).reviews
    >>> reviews.conflicts(), reviews.agreement()
    ([], [])
    >>> reviews.link(reviewer="ada")
    {'papers': 0, 'studies': 0, 'links': 0, 'effects': 0}
    """

    def __init__(self, place: Place) -> None:
        self._place = place

    def screen(self, paper_id: str, word: str, *, reviewer: str, note: str | None = None) -> RecordedDecisions:
        """Say whether a record belongs to the review; excluded records leave the analyses, not the database.

        Parameters
        ----------
        paper_id : str
            A record.
        word : str
            ``include`` or ``exclude``.
        reviewer : str
            Who decides.
        note : str, optional
            Why.

        Raises
        ------
        UsageError
            If there is no such record or word.
        """
        from miner.jobs.review import screen_records

        arguments.text(paper_id=paper_id, reviewer=reviewer)
        arguments.one_of(("include", "exclude"), word=word)
        done = screen_records(self._place.settings, [(paper_id, None, None, None)], [word == "include"], [note], reviewer)
        if done.unknown:
            raise UsageError("there is no such record", where=paper_id, hint="miner sql 'select paper_id, title from v_paper' lists them")
        return done

    def write_sheet(self, path: str | Path) -> int:
        """Write what the effects rest on as a CSV to fill in (columns action, corrected, reviewer, note); return its number of lines.

        Raises
        ------
        UsageError
            If it cannot be written there.
        """
        from miner.jobs.review import write_sheet

        return write_sheet(self._place.settings, as_path("path", path))

    def read_sheet(self, path: str | Path, *, reviewer: str) -> RecordedDecisions:
        """Read decisions from a filled-in sheet, or screening labels from a CSV or RIS file of ASReview; what was said before is not said again.

        Parameters
        ----------
        path : path
            The file.
        reviewer : str
            Who decided, where the sheet does not say.

        Raises
        ------
        UsageError
            If the file is neither, or a line of it says something that is no decision: then nothing is changed.
        """
        from miner.jobs.review import import_words

        arguments.text(reviewer=reviewer)
        return import_words(self._place.settings, as_path("path", path), reviewer)

    def decisions(self, *, paper: str | None = None, reviewer: str | None = None) -> list[dict[str, Any]]:
        """Return the decisions that were made on values and records, in the order of time.

        Parameters
        ----------
        paper : str, optional
            Only those on this record and its values.
        reviewer : str, optional
            Only those of this person.

        Returns
        -------
        list of dict
            ``decided_at, reviewer, action, corrected, value, what, paper_id, note, quote, extraction_id, counts``: ``value`` is what was extracted, ``what`` a metric,
            ``sample_size``, or ``record`` of one that was screened (``quote`` is its title then), ``counts`` whether no later decision took its place.

        Raises
        ------
        UsageError
            If there is no such record.
        """
        from miner.store.connect import open_reader
        from miner.store.review import decisions_made, find_papers

        arguments.text(paper=paper, reviewer=reviewer)
        with open_reader(self._place.settings.current) as con:
            if paper is not None and find_papers(con, [(paper, None, None, None)]) == [None]:
                raise UsageError("there is no such record", where=paper, hint="miner sql 'select paper_id, title from v_paper' lists them")
            return decisions_made(con, paper, reviewer)

    def conflicts(self) -> list[dict[str, Any]]:
        """Return the decisions on values on which reviewers differ: one row a value and reviewer."""
        from miner.store.connect import open_reader
        from miner.store.review import conflicts

        with open_reader(self._place.settings.current) as con:
            return conflicts(con)

    def agreement(self) -> list[dict[str, Any]]:
        """Return, for each two reviewers, the share of equal decisions, and Cohen's (1960) kappa with its 95 % interval.

        Returns
        -------
        list of dict
            ``reviewer, other, n, agreement, kappa, ci_lb, ci_ub``; kappa is None where both always said the same one word.
        """
        from miner.jobs.review import agreements

        return agreements(self._place.settings)

    def link(
        self,
        *,
        split: Sequence[str] = (),
        merge: tuple[str, str] | None = None,
        free: Sequence[str] = (),
        reviewer: str,
        note: str | None = None,
    ) -> dict[str, int]:
        """Link the records of one study (preprint, versions, article) anew, or say otherwise, and publish; return what there is then.

        Parameters
        ----------
        split : sequence of str
            Records that are studies of their own.
        merge : (str, str), optional
            Two records of one study.
        free : sequence of str
            Records of which what was said is forgotten.
        reviewer : str
            Who decides.
        note : str, optional
            Why.

        Raises
        ------
        UsageError
            If there is no such record.
        """
        from miner.jobs.review import relink

        arguments.text(reviewer=reviewer)
        if isinstance(split, str) or isinstance(free, str):
            raise UsageError("split and free are lists of records", where="link", hint="put the one into a list: split=[paper_id]")
        if merge is not None and (isinstance(merge, str) or len(merge) != 2):
            raise UsageError(f"two records are merged, not {merge!r}", where="merge", hint="give a pair: merge=(paper_id, paper_id)")
        words: list[tuple[str, str, str | None]] = [("split", p, None) for p in split]
        words += [("free", p, None) for p in free]
        if merge:
            words.append(("merge", merge[0], merge[1]))
        return relink(self._place.settings, words, reviewer, note)
