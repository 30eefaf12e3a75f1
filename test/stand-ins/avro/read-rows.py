"""Prints the rows of an Avro file as Apache's readers give them, one JSON array a line.

    read-rows.py python FILE    by Apache's library for Python
    read-rows.py c FILE         by avrocat, of Apache's library for C

A cell is null, true or false, or text: integers in digits (also dates, timestamps and unscaled decimals, since logical
types are left aside), doubles as Python writes them, bytes as text of the characters 0 to 255.
"""

import json
import subprocess
import sys

import avro.datafile
import avro.io
import avro.schema


def plain(schema):
    """The schema without its logical types."""
    if isinstance(schema, dict):
        return {key: plain(value) for key, value in schema.items() if key != "logicalType"}
    return [plain(one) for one in schema] if isinstance(schema, list) else schema


def python_rows(name):
    with open(name, "rb") as file:
        reader = avro.datafile.DataFileReader(file, avro.io.DatumReader())
        schema = json.loads(reader.get_meta("avro.schema"))
        names = [field["name"] for field in schema["fields"]]
        parsed = avro.schema.parse(json.dumps(plain(schema)))
        reader.datum_reader.writers_schema = parsed
        reader.datum_reader.readers_schema = parsed
        for row in reader:
            yield [row[one] for one in names]


def c_rows(name):
    with subprocess.Popen(["avrocat", name], stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            # A value of a union is an object with the name of its branch.
            row = json.loads(line)
            yield [next(iter(cell.values())) if isinstance(cell, dict) else cell for cell in row.values()]
    if process.returncode != 0:
        raise SystemExit(f"avrocat ended with {process.returncode}")


def cell_of(value):
    if value is None or isinstance(value, (bool, str)):
        return value
    return value.decode("latin-1") if isinstance(value, bytes) else repr(value)


rows = {"python": python_rows, "c": c_rows}[sys.argv[1]]
for row in rows(sys.argv[2]):
    print(json.dumps([cell_of(cell) for cell in row]))
