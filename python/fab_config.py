"""The options of Flask AppBuilder for the library's settings. Importing it needs no network: a provider may be down."""

import importlib.util

from flask_appbuilder.const import AUTH_DB, AUTH_LDAP, AUTH_OAUTH, AUTH_REMOTE_USER

import fab_security_manager

TYPES = {"password": AUTH_DB, "oauth": AUTH_OAUTH, "ldap": AUTH_LDAP, "remoteUser": AUTH_REMOTE_USER}
PACKAGES = {"oauth": ("authlib", "Authlib"), "ldap": ("ldap", "python-ldap")}


def options(settings):
    kind = settings["type"]
    module, package = PACKAGES.get(kind, ("flask_appbuilder", ""))
    if importlib.util.find_spec(module) is None:
        raise SystemExit(f"Auth.fab({{ {kind} }}) needs the Python package {package} in the image; the official image has it")
    fab_security_manager.SETTINGS = settings
    return {
        "AUTH_TYPE": TYPES[kind],
        "SECURITY_MANAGER_CLASS": fab_security_manager.SecurityManager,
        "AUTH_ROLES_SYNC_AT_LOGIN": True,
        **({"OAUTH_PROVIDERS": [fab_security_manager.provider(settings)]} if kind == "oauth" else {}),
    }
