"""Records the arguments of the secrets backends: record_signatures.py SITE... > signatures.json

Each SITE is a folder with installed packages: Airflow, and the providers of Amazon, Google, HashiCorp and Microsoft Azure. Nothing of them is
imported.
"""

import ast
import json
import pathlib
import re
import sys

CLASSES = [
    "airflow.providers.hashicorp.secrets.vault.VaultBackend",
    "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend",
    "airflow.providers.amazon.aws.secrets.systems_manager.SystemsManagerParameterStoreBackend",
    "airflow.providers.google.cloud.secrets.secret_manager.CloudSecretManagerBackend",
    "airflow.providers.microsoft.azure.secrets.key_vault.AzureKeyVaultBackend",
    "airflow.secrets.local_filesystem.LocalFilesystemBackend",
]
PACKAGES = {"hashicorp": "hashicorp", "amazon": "amazon", "google": "google", "microsoft": "microsoft_azure"}


def arguments(source, name):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef) and node.name == name:
            init = next(item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__")
            names = [argument.arg for argument in init.args.args + init.args.kwonlyargs]
            return {"arguments": [name for name in names if name != "self"], "others": init.args.kwarg is not None}
    raise SystemExit(f"no class {name}")


def version(sites, package):
    for site in sites:
        for folder in site.glob(f"{package}-*.dist-info"):
            return f"{package.replace('_', '-')} {re.search(r'-([^-]+)$', folder.name.removesuffix('.dist-info'))[1]}"
    raise SystemExit(f"no package {package}")


sites = [pathlib.Path(name) for name in sys.argv[1:]]
recorded = {}
for path in CLASSES:
    module, _, name = path.rpartition(".")
    file = next(found for site in sites if (found := site / f"{module.replace('.', '/')}.py").exists())
    provider = re.match(r"airflow\.providers\.(\w+)", path)
    package = f"apache_airflow_providers_{PACKAGES[provider[1]]}" if provider else "apache_airflow_core"
    recorded[path] = {"version": version(sites, package), **arguments(file.read_text(), name)}
print(json.dumps(recorded, indent=2))
