"""Adds headers to every answer of the API server or webserver, which Airflow has no options for.

It changes the servers, not the apps in them, so that static files, errors and plugins have the headers, too.
"""

import json
import os


def install(headers):
    """Adds the headers, by their names, to whichever server this process starts."""
    from airflow import __version__

    if __version__.startswith("2."):
        _flask(headers)
    else:
        _uvicorn(headers)


def _uvicorn(headers):
    from uvicorn.config import Config

    init = Config.__init__

    def with_headers(self, *args, **kwargs):
        init(self, *args, **kwargs)
        # Also for the workers of gunicorn, which make a configuration each.
        self.headers = [*self.headers, *headers.items()]

    Config.__init__ = with_headers


def _flask(headers):
    from flask import Flask

    process = Flask.process_response

    def with_headers(self, response):
        response = process(self, response)
        response.headers.update(headers)
        return response

    Flask.process_response = with_headers


if os.environ.get("CDK8S_AIRFLOW_HEADERS"):
    install(json.loads(os.environ["CDK8S_AIRFLOW_HEADERS"]))
