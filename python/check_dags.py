"""Parses all DAGs with this image, before its components start: check_dags.py.

Ends with 1 where a file cannot be imported. Otherwise it adds a variable of Airflow, by whose name the components that wait know it:
what the Job is called, CDK8S_AIRFLOW_JOB, after PREFIX. It keeps those of the last Jobs, since pods of an older rollout may start again.
"""

import os
import sys

PREFIX = "cdk8s-airflow.dags-checked."
KEPT = 20


def bags():
    """For each source of DAGs its name, and what Airflow found in it."""
    try:
        from airflow.dag_processing.bundles.manager import DagBundlesManager
    except ImportError:  # Airflow 2
        from airflow.models.dagbag import DagBag
        yield "dags", DagBag(include_examples=False)
        return
    for bundle in DagBundlesManager().get_all_dag_bundles():
        bundle.initialize()
        yield bundle.name, bag(bundle)


def bag(bundle):
    try:
        from airflow.dag_processing.dagbag import BundleDagBag
    except ImportError:  # before 3.2, it is a bag like others
        from airflow.models.dagbag import DagBag
        sys.path.append(str(bundle.path))
        return DagBag(str(bundle.path), include_examples=False)
    return BundleDagBag(str(bundle.path), bundle_path=bundle.path, bundle_name=bundle.name)


def broken(found):
    """What cannot be imported, and a line about each source."""
    errors = []
    for name, parsed in found:
        print(f"{name}: {len(parsed.dags)} DAGs, {len(parsed.import_errors)} import errors", flush=True)
        errors += [f"{path}:\n{error}" for path, error in parsed.import_errors.items()]
    return errors


def enter(job):
    from airflow.models import Variable
    from airflow.utils.session import create_session

    Variable.set(PREFIX + job, "passed", description="The DAGs could be imported before a rollout; components wait for it")
    with create_session() as session:
        passed = session.query(Variable).filter(Variable.key.startswith(PREFIX, autoescape=True)).order_by(Variable.id.desc()).all()
        for variable in passed[KEPT:]:
            session.delete(variable)


def main():
    errors = broken(bags())
    if errors:
        sys.exit("\n".join([*errors, f"{len(errors)} files cannot be imported: correct them, or leave out 'jobs.checkDags'. The components of this rollout wait"]))
    enter(os.environ["CDK8S_AIRFLOW_JOB"])
    print("all DAGs can be imported", flush=True)


if __name__ == "__main__":
    main()
