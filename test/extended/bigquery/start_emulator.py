"""Starts bqemulator with one fault mended: it fills the columns of a table by the order of those of an Avro file, where
BigQuery goes by their names."""

import sys

from bqemulator.cli import main
from bqemulator.storage.engine import DuckDBEngine

execute = DuckDBEngine.execute


def by_name(self, sql, *args, **kwargs):
    for source in ("SELECT * FROM read_avro(?)", "SELECT * FROM _bqemu"):
        if sql.startswith("INSERT INTO ") and source in sql and "BY NAME" not in sql:
            sql = sql.replace(" SELECT * FROM ", " BY NAME SELECT * FROM ", 1)
    return execute(self, sql, *args, **kwargs)


DuckDBEngine.execute = by_name
sys.exit(main())
