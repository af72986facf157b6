"""A DAG that no one may import: .airflowignore leaves it out."""

import airflow  # a file without this word is no DAG

raise SystemExit("imported in spite of .airflowignore")
