"""Reads a JSON list of statements and answers, for each, what sqlfluff's Snowflake grammar has against it."""

import json
import sys

from sqlfluff.core import FluffConfig, Linter

linter = Linter(config=FluffConfig(overrides={"dialect": "snowflake"}))
problems = []
for statement in json.load(sys.stdin):
    parsed = linter.parse_string(statement)
    problems.append([str(violation.desc()) for violation in parsed.violations])
json.dump(problems, sys.stdout)
