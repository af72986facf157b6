"""Writes the passwords of the SimpleAuthManager into the file that it reads.

simple_passwords.py FILE JSON, where the JSON is the list of user names. The variable CDK8S_AIRFLOW_PASSWORD_0 has the
password of the first, and so on. Without a password in the file, Airflow would make one and print it to its log. The
file must be writable, because Airflow opens it for writing and locks it.
"""

import json
import os
import sys


def passwords(names, env):
    found = {name: env.get(f"CDK8S_AIRFLOW_PASSWORD_{index}", "").strip() for index, name in enumerate(names)}
    empty = [name for name, password in found.items() if not password]
    if empty:
        raise SystemExit(f"the password of {', '.join(empty)} is empty; write it into its Secret")
    return found


def write(path, text):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


if __name__ == "__main__":
    write(sys.argv[1], json.dumps(passwords(json.loads(sys.argv[2]), os.environ)) + "\n")
