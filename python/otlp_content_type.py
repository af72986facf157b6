"""OpenTelemetry in Airflow 2: messages say that they are protobuf.

Airflow 2 tells the exporters to say "application/json", although they send protobuf. OpenTelemetry from 1.37 on obeys, and
collectors then refuse every message. Without headers of Airflow, the exporters say what they send, and read the headers
that the environment gives them.
"""

import os


def _without_headers(exporter):
    def create(*args, headers=None, **options):
        return exporter(*args, **options)

    return create


if os.environ.get("AIRFLOW__METRICS__OTEL_ON"):
    from airflow.metrics import otel_logger

    otel_logger.OTLPMetricExporter = _without_headers(otel_logger.OTLPMetricExporter)

if os.environ.get("AIRFLOW__TRACES__OTEL_ON"):
    from airflow.traces import otel_tracer

    otel_tracer.OTLPSpanExporter = _without_headers(otel_tracer.OTLPSpanExporter)
