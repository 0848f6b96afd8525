"""Runs the queries of docs/fleet.md in DuckDB, on datasets and on JSON of kheap, and compares the rows."""

import re
import sys

import duckdb

# The same tables from what kheap says of each server and dump. A dump is called by its file. The counters fall
# where a series says that another process begins.
JSON = """
CREATE TABLE series AS FROM read_json('series/*.json', maximum_object_size = 100000000);
CREATE TABLE said AS
  SELECT replace(regexp_extract(filename, 'dumps_.*gz'), '_', '/') AS snapshot, *
  FROM read_json('diagnose/*.json', filename = true, union_by_name = true);
CREATE VIEW snapshots AS
  SELECT s.file AS snapshot, s.file AS file, s.program AS program, s.total AS total,
         nullif(regexp_extract(s.file, 'cluster=([^/]*)', 1), '') AS cluster,
         regexp_extract(s.file, 'node=([^/]*)', 1) AS node, NULL AS pod,
         s.time AS time, CAST(s.time AS DATE) AS day, 'inuse_space' AS sample_type,
         false AS is_fragment, false AS is_difference,
         -len(list_filter(runs, lambda run: run[2] < number)) AS alloc_space, 0 AS alloc_objects, s.build_id AS build_id
  FROM (SELECT unnest(snapshots) AS s, generate_subscripts(snapshots, 1) AS number, runs FROM series);
CREATE VIEW functions AS
  SELECT file AS snapshot, program, function, flat FROM (
    SELECT program, r.key AS function, unnest(r.values) AS flat,
           unnest(list_transform(snapshots[runs[r.run + 1][1] + 1 : runs[r.run + 1][2]], lambda s: s.file)) AS file
    FROM (SELECT program, snapshots, runs, unnest(rows) AS r FROM series)
    WHERE r.by = 'function');
CREATE VIEW findings AS
  SELECT snapshot, program, f.id AS id, f.severity AS severity, f.bytes AS bytes, f.share AS share, f.kinds AS kinds
  FROM (SELECT snapshot, program, unnest(findings) AS f FROM said);
"""

# Rows of both that the queries do not reach.
WHOLE = {
    "all totals": "SELECT program, file, time, total FROM snapshots",
    "all flat values": "SELECT file, function, flat FROM functions JOIN snapshots USING (snapshot) WHERE flat <> 0",
    "all findings": "SELECT file, id, severity, bytes, share, kinds FROM findings JOIN snapshots USING (snapshot)",
}

# What adds up to the total of a dump.
SUMS = """
SELECT count(*) FROM snapshots
WHERE total <> (SELECT sum(flat) FROM functions f WHERE f.snapshot = snapshots.snapshot)
   OR total <> (SELECT sum(bytes) FROM cells c WHERE c.snapshot = snapshots.snapshot)
"""


def main(docs):
    text = open(docs, encoding="utf-8").read()
    views, *queries = re.findall(r"^```sql\n(.*?)^```", text, re.M | re.S)
    questions = re.findall(r"^### (.*)", text, re.M)
    assert len(questions) == len(queries)
    datasets, said = duckdb.connect(), duckdb.connect()
    for connection, tables in ((datasets, views), (said, JSON)):
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(tables)
    failed = 0
    for question, query in [*zip(questions, queries), *WHOLE.items()]:
        expected = said.execute(query).fetchall()
        found = datasets.execute(query).fetchall()
        if question in WHOLE:
            expected, found = sorted(expected), sorted(found)
        is_equal = bool(found) and found == expected
        failed += not is_equal
        print(f"{'equal' if is_equal else 'DIFFERENT'}: {question} {len(found)} rows, of JSON {len(expected)}")
        for row in [row for row in zip(found, expected) if row[0] != row[1]][:3]:
            print("  datasets", row[0], "\n  JSON    ", row[1])
    wrong = datasets.execute(SUMS).fetchone()[0]
    print(f"{wrong} dumps whose functions or cells do not add up to the total")
    sys.exit(bool(failed or wrong))


main(sys.argv[1])
