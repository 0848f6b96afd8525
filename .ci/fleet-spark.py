"""Runs the queries of docs/fleet.md in Spark and in DuckDB, on the same datasets, and compares the rows."""

import re
import sys

import duckdb
from pyspark.sql import SparkSession


def main(docs):
    text = open(docs, encoding="utf-8").read()
    views, *queries = re.findall(r"^```sql\n(.*?)^```", text, re.M | re.S)
    questions = re.findall(r"^### (.*)", text, re.M)
    spark = SparkSession.builder.master("local[*]").config("spark.sql.session.timeZone", "UTC")
    spark = spark.config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    exec(re.search(r"^```python\n(.*?)^```", text, re.M | re.S)[1], {"spark": spark})
    duck = duckdb.connect()
    duck.execute("SET TimeZone = 'UTC'")
    duck.execute(views)
    print("Spark", spark.version, "DuckDB", duckdb.__version__)
    failed = 0
    for question, query in zip(questions, queries):
        found = [plain(row) for row in spark.sql(query).collect()]
        expected = [plain(row) for row in duck.execute(query).fetchall()]
        is_equal = bool(found) and found == expected
        failed += not is_equal
        print(f"{'equal' if is_equal else 'DIFFERENT'}: {question} {len(found)} rows, of DuckDB {len(expected)}")
        for row in found[:2]:
            print("  ", *row)
    sys.exit(bool(failed))


def plain(row):
    """A row without time zones, which the two attach in their own ways."""
    return tuple(v.replace(tzinfo=None) if hasattr(v, "tzinfo") and v.tzinfo else v for v in row)


main(sys.argv[1])
