"""The keys of a mapping file: their types, and what they mean; the reference page is written from them."""

from __future__ import annotations

TARGETS = (
    "reference",
    "year",
    "task",
    "metric",
    "estimate",
    "ci_low",
    "ci_high",
    "sd",
    "n",
    "dataset",
    "validation",
    "modality",
    "condition",
)
_TAKE = "`first`, `last`, `low`, `high` or `midpoint`"
# The keys of a mapping file by section: their types, and what they mean.
SECTIONS: dict[str, dict[str, tuple[type | tuple[type, ...], str]]] = {
    "": {
        "review": (str, "A short name of the review, the first part of the studies' identifiers."),
        "origin": (str, "What the column `origin` of the effects says."),
        "source": (str, "Where the table comes from, for reports."),
        "missing": (list, "Cells that mean that there is no value, beside empty ones."),
        "metric": (str, "The metric of all rows; `accuracy` where it is left out and no column says it."),
        "task": (str, "The task of all rows, where no column says it."),
    },
    "table": {
        "file": (str, "The file within a folder of sources."),
        "table": (int, "Which table of the file, from 0."),
        "sheet": (str, "Which sheet of a spreadsheet; the first where it is left out."),
        "skip_rows": (int, "How many rows stand above the head; 0 where it is left out."),
        "header_rows": (int, "How many rows the head has; 1 where it is left out."),
        "delimiter": (str, "What parts the cells of a text file; found by itself where it is left out."),
        "encoding": (str, "How a text file is written, such as `cp1252`; UTF-8, or UTF-16 that says so, where it is left out."),
        "decimal": (str, "The decimal sign, `.` or `,`; each cell tells it where it is left out."),
        "thousands": (str, "The sign between thousands: `.`, `,`, a space or an apostrophe; each cell tells it where it is left out."),
        "fill_down": (list, "Columns whose empty cells mean what stands above them."),
        "replace": (dict, "Characters or words to be replaced in every cell."),
    },
    "columns": {target: ((str, list), f"The column, or columns joined by a space, that say the {target}.") for target in TARGETS},
    "join": {
        "file": (str, "A second file, beside the table's, whose columns are added."),
        "on": (str, "The column that both have; each of its values names at most one row of the second file."),
        "sheet": (str, "Which sheet of the second file, where it is a spreadsheet."),
    },
    "estimate": {
        "percentage": (
            bool,
            "Whether numbers without a sign are percentages; where it is left out, numbers above 1 are, those with a decimal sign up to 1 are fractions, and a bare 1 is asked about.",
        ),
        "below_one": (bool, "Whether percentages at or below 1 are meant as they stand; they are asked about otherwise."),
        "several": (bool, "Whether a cell holds a list of values, with tasks in parentheses."),
        "take": (str, f"Which of several values, or of a range, counts: {_TAKE}; such cells are not read where it is left out."),
        "split": (str, "What parts several values of a cell that mean different things; `metrics` or `tasks` say which."),
        "metrics": (list, "The metrics of a split cell, in order."),
        "tasks": (list, "The tasks of a split cell, in order."),
        "optional": (bool, "Whether rows without an estimate count as studies."),
        "by_task": (dict, "Column to task, where the table has a column of estimates for each task."),
    },
    "n": {
        "combine": (str, "`total`: the cell's number or total; `sum`: of several columns."),
        "take": (str, f"What of a range counts: {_TAKE}; ranges are not read where it is left out."),
    },
    "task": {
        "map": (dict, "What the cell says, and the task that it means; rows that say something else have none."),
        "rename": (dict, "Words within a task, and what stands for them."),
    },
    "reference": {"strip": (str, "Characters that are taken off both ends of references.")},
    "rows": {
        "complete": (bool, "Whether a row with any empty cell is left out."),
        "keep": (list, "Rules of which a row must meet every one."),
        "drop": (list, "Rules of which a row must meet none."),
        "set_aside": (list, "Rules of rows that are read, and not used; each has a `reason`."),
    },
}
