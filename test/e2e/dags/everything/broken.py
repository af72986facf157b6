"""A DAG that no one may import: .airflowignore leaves it out."""

from airflow.sdk import DAG

raise SystemExit("imported in spite of .airflowignore")
