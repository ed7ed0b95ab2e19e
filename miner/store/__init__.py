"""The DuckDB store: migrations, writers, snapshots and safe ad hoc SQL."""
