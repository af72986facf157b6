"""Logs users in to the real Flask AppBuilder of an Airflow, by the library's webserver_config.py and a provider of its own.

check.py: prints JSON of each case, with whether the user is logged in, and the roles. Needs an environment with Airflow
and Authlib. See recorded.test.ts.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
SCRIPTS = HERE.parent.parent / "python"
HOME = pathlib.Path(tempfile.mkdtemp(prefix="login-"))
CONFIG = str(HOME / "webserver_config.py")
sys.path[:0] = [str(HERE)]
sys.path.append(str(SCRIPTS))
os.environ.update({
    "AIRFLOW_HOME": str(HOME), "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{HOME}/airflow.db",
    "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
    "AIRFLOW__FAB__CONFIG_FILE": CONFIG, "AIRFLOW__WEBSERVER__CONFIG_FILE": CONFIG, "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__API__BASE_URL": "https://example.com/airflow", "AIRFLOW__WEBSERVER__BASE_URL": "https://example.com/airflow",
    **{f"AIRFLOW__{name}": "x" * 64 for name in ("API__SECRET_KEY", "WEBSERVER__SECRET_KEY", "API_AUTH__JWT_SECRET")},
    "CDK8S_AIRFLOW_OAUTH_CLIENT_ID": "client\n", "CDK8S_AIRFLOW_OAUTH_CLIENT_SECRET": "secret\n",
})
shutil.copy(SCRIPTS / "webserver_config.py", CONFIG)

from provider import Provider  # noqa: E402

provider = Provider()
TENANT = "8a9b1c2d-0000-4000-8000-1234567890ab"


def oidc(kind, **more):
    client = {"server_metadata_url": provider.url + "/.well-known/openid-configuration"}
    return {"type": "oauth", "kind": kind, "name": kind, "icon": "fa-key", "scope": "openid", "asksUserinfo": True, "client": client, **more}


def github(**more):
    base = provider.url + "/github/"
    client = {"api_base_url": base, "access_token_url": base + "token", "authorize_url": base + "authorize"}
    return {"type": "oauth", "kind": "github", "name": "github", "icon": "fa-key", "scope": "x", "ignoresCase": True, "client": client, **more}


def write(settings):
    (HOME / "fab_login.json").write_text(json.dumps(settings))


write(oidc("oidc"))
flags = ["-S"] if sys.flags.no_site else []
environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
subprocess.run([sys.executable, *flags, "-m", "airflow", "db", "migrate"], check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

import airflow  # noqa: E402

THREE = not airflow.__version__.startswith("2.")
BASE, PREFIX = ("http://example.com/airflow", "") if THREE else ("http://example.com", "/airflow")


def app(settings):
    write(settings)
    for name in ("fab_config", "fab_login", "fab_security_manager"):
        sys.modules.pop(name, None)
    if THREE:
        from airflow.api_fastapi.app import create_auth_manager
        from airflow.providers.fab.www.app import create_app

        create_auth_manager()
        return create_app(enable_plugins=False)
    from airflow.www.app import create_app
    from airflow.www.extensions import init_auth_manager

    init_auth_manager.auth_manager = None
    return create_app()


def login(flask, name, user):
    client = flask.test_client()
    location = client.get(f"{PREFIX}/login/{name}", base_url=BASE).headers.get("Location", "")
    inside, uri = False, None
    if location.startswith(provider.url):
        code, asked = provider.authorize(location)
        uri = asked["redirect_uri"]
        client.get(f"{PREFIX}/oauth-authorized/{name}?code={code}&state={asked['state']}", base_url=BASE)
        with client.session_transaction(f"{PREFIX}/x", base_url=BASE) as session:
            inside = "_user_id" in session
    with flask.app_context():
        found = flask.appbuilder.sm.find_user(username=user)
        roles = found and sorted(role.name for role in found.roles)
    return {"in": inside, "roles": roles, "uri": uri}


def results():
    flask = app(oidc("oidc", groups={"data": ["Viewer"], "Ärzte": ["Op"]}))
    jane = {"preferred_username": "jane", "email": "jane@acme.com", "email_verified": True}
    for title, claims in {
        "with the group": {"groups": ["data"]}, "after the group was taken away": {"groups": []},
        "with a path, and letters composed otherwise": {"groups": ["/data", "A\u0308rzte"]}, "with the group in another case": {"groups": ["Data"]},
        "with a single text": {"groups": "data"},
    }.items():
        provider.claims = {**jane, **claims}
        yield title, login(flask, "oidc", "jane")
    provider.claims = {"preferred_username": "new"}
    yield "new without a group", login(flask, "oidc", "new")
    provider.claims = {**jane, "preferred_username": "renamed", "groups": ["data"]}
    yield "with the address of another user", login(flask, "oidc", "renamed")
    for skew in (90, 600):
        provider.skew = skew
        yield f"with a clock {skew} seconds ahead", login(flask, "oidc", "renamed")
    provider.skew, provider.claims, provider.userinfo = 0, {"preferred_username": "thin"}, {"groups": ["data"]}
    yield "with groups of the userinfo endpoint", login(flask, "oidc", "thin")
    provider.userinfo = {"groups": ["data"], "sub": "2"}
    yield "with the userinfo of another user", login(flask, "oidc", "thin")
    provider.userinfo = {}
    flask, provider.is_down = app(oidc("oidc", groups={"data": ["Viewer"]})), True
    yield "while the provider is down", login(flask, "oidc", "thin")
    provider.is_down = False
    flask = app(oidc("google", groups={"admin@acme.com": ["Admin"]}, allowedDomains=["acme.com"], defaultRole="Viewer", ignoresCase=True))
    for title, claims in {"Google: an admin": {"email": "admin@acme.com"}, "Google: another domain": {"email": "b@acme.com", "hd": "evil.com"},
                          "Google: not verified": {"email": "c@acme.com", "email_verified": False}}.items():
        provider.claims = {"hd": "acme.com", "email_verified": True, **claims}
        yield title, login(flask, "google", claims["email"])
    flask = app(oidc("entra", groups={"g": ["Op"]}, tenant=TENANT))
    for title, claims in {"Entra: a group": {"groups": ["g"]}, "Entra: too many groups": {"_claim_names": {"groups": "s"}},
                          "Entra: another tenant": {"groups": ["g"], "tid": "other"}}.items():
        provider.claims = {"tid": TENANT, "preferred_username": title, **claims}
        yield title, login(flask, "entra", title)
    flask = app(github(groups={"acme/data": ["Op"]}, organizations=["acme"], defaultRole="Viewer"))
    teams = [{"slug": f"t{index}", "organization": {"login": "acme"}} for index in range(150)]
    for title, org, slugs in (("GitHub: a team on the second page", "acme", [*teams, {"slug": "data", "organization": {"login": "acme"}}]),
                              ("GitHub: a member", "acme", []), ("GitHub: another organization", "evil", [])):
        provider.github = {"user": {"login": title}, "user/emails": [], "user/orgs": [{"login": org}], "user/teams": slugs}
        yield title, login(flask, "github", title)


print("ANSWER", json.dumps({"airflow": airflow.__version__, "logins": dict(results())}))
