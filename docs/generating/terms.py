"""The pages on exit codes, environment variables, sources, panels and analyses."""

from __future__ import annotations

from generating.files import table

ENVIRONMENT = {
    "MINER_WORKSPACE": "The workspace, where no `--workspace` is given.",
    "MINER_CONTACT": "The e-mail address that is sent to services; goes before `contact` in `miner.toml`.",
    "MINER_LLM_KEY": "The key of the language model that `[llm]` in `miner.toml` names; sent to that host alone.",
    "MINER_LLM_URL": "Its address, in place of `base_url`, for a mirror or a test.",
    "MINER_STATE_DIR": "Where the limits of services are kept for all runs of this user; the user's state folder by default.",
    "NCBI_API_KEY": "A key of NCBI's, for ten requests a second in place of three.",
    "OPENALEX_API_KEY": "OpenAlex's key, without which it refuses.",
    "OPENALEX_KEY": "Another name of it.",
    "MINER_ARXIV_INTERVAL": "Seconds between requests to arXiv, for a mirror of your own; arXiv itself is never asked more often than every 3 s.",
    "MINER_ARXIV_URL": "The address of arXiv's API, for a mirror or a test.",
    "MINER_ARXIV_OAI_URL": "That of its OAI-PMH.",
    "MINER_ARXIV_PDF_URL": "That of its PDFs.",
    "MINER_EUTILS_URL": "That of NCBI's E-utilities.",
    "MINER_EUROPEPMC_URL": "That of Europe PMC.",
    "MINER_OPENALEX_URL": "That of OpenAlex.",
    "MINER_PMC_URL": "That of PMC's open bucket.",
    "VISUAL": "The editor of `miner jobs edit`.",
    "EDITOR": "The same, where `VISUAL` is not set; else `vi`.",
    "NO_COLOR": "No colours in the terminal.",
    "TZ": "The time zone of schedules that name none.",
    "XDG_CONFIG_HOME": "Where systemd's user units are written, in place of `~/.config`.",
}
GIVEN = {
    "MINER_RUN_ID": "The run.",
    "MINER_JOB": "The job's name.",
    "MINER_STATE": "`done`, `partial` or `failed`.",
}
EXITS = {
    0: "done",
    1: "failed: the message says what, where and what to do",
    2: "used in a way that cannot work: an option, a file, a key",
    3: "done in part: something could not be read or fetched, and is listed",
    4: "another run holds the workspace's lock",
    5: "a check fell short (`--check`, gates)",
    130: "stopped by Ctrl-C: what was done is kept, the same command goes on",
}


def exits_page() -> str:
    """Return the page on exit codes and environment variables."""
    from miner.errors import MinerError

    tree: list[tuple[object, ...]] = []

    def walk(error: type[MinerError], depth: int) -> None:
        tree.append((f"{'– ' * depth}`{error.__name__}`", error.exit_code, (error.__doc__ or "").splitlines()[0]))
        for child in sorted(error.__subclasses__(), key=lambda e: e.__name__):
            if child.__module__ == "miner.errors":
                walk(child, depth + 1)

    walk(MinerError, 0)
    lines = ["# Exit codes and environment", "", "Made by `make docs`.", "", "## Exit codes", ""]
    lines += table(("code", "means"), list(EXITS.items()))
    lines += ["The errors behind them, as Python raises them:", ""]
    lines += table(("error", "exit code", "means"), tree)
    lines += ["## Environment variables", "", "What miner reads:", ""]
    lines += table(("variable", "means"), [(f"`{k}`", v) for k, v in ENVIRONMENT.items()])
    lines += ["What a job's `notify` is given:", ""]
    lines += table(("variable", "means"), [(f"`{k}`", v) for k, v in GIVEN.items()])
    return "\n".join(lines).rstrip() + "\n"


def parts_page() -> str:
    """Return the page on sources, readers of files, analyses and panels, as they register themselves."""
    from miner.harvest.reader import readers
    from miner.harvest.registry import sources
    from miner.meta.analysis.registry import records
    from miner.report.gallery.registry import panels

    lines = ["# Sources, files, analyses, panels", "", "Made by `make docs` from what registers itself; packages add to each.", ""]
    lines += [
        "## Sources",
        "",
        *table(
            ("name", "service", "what it asks of its users", "queries"),
            [(f"`{s.name}`", s.label, s.limits, s.syntax) for s in sources().values()],
        ),
    ]
    lines += ["## Files of records", "", *table(("name", "format"), [(f"`{r.name}`", r.label) for r in readers().values()])]
    lines += ["## Analyses", "", "In the order in which they should be believed.", ""]
    ordered = sorted(records().values(), key=lambda r: r.place)
    lines += table(
        ("id", "what readers see", "of", "assumes", "after"),
        [(f"`{r.id}`", r.title, ", ".join(r.kinds), r.assumes, "; ".join(r.citations.values())) for r in ordered],
    )
    lines += [
        "## Panels of reports",
        "",
        *table(
            ("name", "for", "shows", "options"),
            [
                (
                    f"`{name}`",
                    f"each {p.scope}" if p.scope == "metric" else "the report",
                    p.summary,
                    ", ".join(f"`{k} = {v}`" for k, v in p.options.items()),
                )
                for name, p in panels().items()
            ],
        ),
    ]
    return "\n".join(lines).rstrip() + "\n"
