"""The options of Flask AppBuilder for the library's settings. Importing it needs no network: a provider may be down."""

import importlib.util

from flask_appbuilder.const import AUTH_LDAP, AUTH_OAUTH, AUTH_REMOTE_USER

import fab_security_manager

TYPES = {"oauth": AUTH_OAUTH, "ldap": AUTH_LDAP, "remoteUser": AUTH_REMOTE_USER}
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
        **({"AUTH_ROLE_PUBLIC": settings["publicRole"]} if settings.get("publicRole") else {}),
        **OPTIONS[kind](settings),
    }


def ldap_options(settings):
    tls = settings["tls"]
    return {
        "AUTH_LDAP_SERVER": settings["url"],
        "AUTH_LDAP_USE_TLS": settings["startTls"],
        "AUTH_LDAP_TLS_DEMAND": tls,
        **({"AUTH_LDAP_TLS_CACERTFILE": settings["ca"]} if tls else {}),
        "AUTH_LDAP_BIND_USER": settings["bindDn"],
        "AUTH_LDAP_BIND_PASSWORD": fab_security_manager.secret("CDK8S_AIRFLOW_LDAP_PASSWORD"),
        "AUTH_LDAP_SEARCH": settings["userBase"],
        "AUTH_LDAP_SEARCH_FILTER": settings.get("userFilter") or "",
        "AUTH_LDAP_UID_FIELD": settings["usernameAttribute"],
        "AUTH_LDAP_GROUP_FIELD": settings["groupAttribute"],
        # Flask AppBuilder asks for the groups only if there is a mapping. The security manager maps them.
        "AUTH_ROLES_MAPPING": {"groups": []},
        # The security manager refuses whoever has no role.
        "AUTH_USER_REGISTRATION": True,
    }


OPTIONS = {
    "oauth": lambda settings: {"OAUTH_PROVIDERS": [fab_security_manager.provider(settings)]},
    "ldap": ldap_options,
    "remoteUser": lambda settings: {"AUTH_REMOTE_USER_ENV_VAR": "HTTP_" + settings["userHeader"].upper().replace("-", "_")},
}
