"""The login of Airflow's UI and API, by the settings in fab_login.json beside this file."""

import json
import pathlib
import sys

sys.path.append("/opt/cdk8s-airflow")

import fab_config  # noqa: E402

globals().update(fab_config.options(json.loads(pathlib.Path(__file__).with_name("fab_login.json").read_text())))
