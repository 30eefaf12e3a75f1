"""Loads Avro files into a DuckDB file as dlt's documentation shows. load_with_dlt.py <database> <folder> <file ...>"""

import sys

import dlt
import fastavro

database, folder, *files = sys.argv[1:]


def rows():
    for name in files:
        with open(name, "rb") as file:
            yield from fastavro.reader(file)


pipeline = dlt.pipeline(
    "bench",
    pipelines_dir=folder,
    destination=dlt.destinations.duckdb(database),
    dataset_name="heap",
)
pipeline.run(
    dlt.resource(rows(), name="pageviews", primary_key="event_id", write_disposition="merge")
)
