"""The security manager of Flask AppBuilder that logs users in as the library's settings say.

`webserver_config.py` gives it to Airflow. It leaves the login itself to Flask AppBuilder and Authlib, and decides what
these leave open: the groups, the roles, and who has none.
"""

import contextvars
import hmac
import logging
import os

from airflow.configuration import conf
from airflow.providers.fab.auth_manager.security_manager.override import FabAirflowSecurityManagerOverride
from flask import abort, flash, g, has_request_context, request, session
from flask_appbuilder import expose
from flask_appbuilder.security.views import AuthDBView, AuthRemoteUserView

import fab_login

log = logging.getLogger("airflow.cdk8s.login")

TIMEOUT = 15  # seconds; a provider that hangs would otherwise hold a thread of the web server for ever
MARK = "cdk8s-airflow "  # the role that the Job gives to the users whom the program declares begins like this
SETTINGS = {}
LOGGING_IN = contextvars.ContextVar("logging_in", default=None)


def secret(name):
    """A value of a Secret. Only the pods that serve the UI have it; a Job that writes permissions needs none."""
    return os.environ.get(name, "").strip()


def base_url():
    """The URL at which users open Airflow, if it is set. Airflow 2 has a default that says nothing."""
    section = "api" if conf.has_option("api", "base_url") else "webserver"
    url = conf.get(section, "base_url", fallback="") or ""
    return "" if url in ("", "/", "http://localhost:8080") and section == "webserver" else url.rstrip("/")


def redirect_uri(name):
    """The redirect URI that is registered at the provider. Headers of a proxy have no influence on it."""
    from airflow import __version__

    url = base_url()
    if not url.startswith(("http://", "https://")):
        return None
    return f"{url}{'' if __version__.startswith('2.') else '/auth'}/oauth-authorized/{name}"


def provider(settings):
    """The entry of OAUTH_PROVIDERS."""
    name, client = settings["name"], settings["client"]
    return {
        "name": name,
        "icon": settings["icon"],
        "token_key": "access_token",
        "remote_app": {
            "client_id": secret("CDK8S_AIRFLOW_OAUTH_CLIENT_ID"),
            "client_secret": secret("CDK8S_AIRFLOW_OAUTH_CLIENT_SECRET"),
            **client,
            "client_kwargs": {"scope": settings["scope"], "code_challenge_method": "S256"},
        },
    }


def session_class(base, trusted):
    """The HTTP client of Authlib with a time limit and the certificate authority of the provider."""

    class Session(base):
        def request(self, method, url, *args, **kwargs):
            kwargs["timeout"] = kwargs.get("timeout") or TIMEOUT
            if trusted:
                kwargs["verify"] = trusted
            return super().request(method, url, *args, **kwargs)

    return Session


def answer_of(remote, token, url):
    answer = remote.get(url, token=token)
    answer.raise_for_status()
    return answer


def every_page(remote, token, url):
    """All items of a list of GitHub's API, which has pages."""
    items = []
    for _ in range(50):
        answer = answer_of(remote, token, url)
        items += answer.json()
        url = answer.links.get("next", {}).get("url")
        if url is None:
            break
    return items


class PasswordView(AuthDBView):
    """The login with a password, beside that of an identity provider."""

    route_base = "/password"


class RemoteUserView(AuthRemoteUserView):
    """The login by a proxy. Flask AppBuilder would send whoever is refused from the UI to the login and back, for ever."""

    @expose("/login/")
    def login(self):
        known = g.user is not None and g.user.is_authenticated
        if not known and not self.appbuilder.sm.is_from_proxy():
            abort(403, "The login comes from a proxy, and this request does not.")
        response = super().login()
        if not known and "_user_id" not in session:
            abort(403, "Your account has no access to this Airflow. Its log tells an administrator the reason.")
        return response


class SecurityManager(FabAirflowSecurityManagerOverride):
    """Gives roles by groups at each login, and refuses whoever has none."""

    authremoteuserview = RemoteUserView

    def register_views(self):
        super().register_views()
        if SETTINGS.get("passwordLogin"):
            view = PasswordView()
            self.appbuilder.add_view_no_menu(view)
            if self.is_auth_limited:
                self.limiter.limit(self.auth_rate_limit, methods=["POST"])(view.blueprint)

    def _init_auth(self):
        super()._init_auth()
        for name, remote in getattr(self, "oauth_remotes", {}).items():
            remote.client_cls = session_class(remote.client_cls, SETTINGS.get("ca"))
            self._register(name, remote)

    def _register(self, name, remote):
        to_provider = remote.authorize_redirect

        def authorize_redirect(redirect_uri_of_request=None, **kwargs):
            kwargs.setdefault("redirect_uri", redirect_uri_of_request)
            return to_provider(**{**kwargs, "redirect_uri": redirect_uri(name) or kwargs["redirect_uri"]})

        remote.authorize_redirect = authorize_redirect

    def set_oauth_session(self, provider, oauth_response):
        # Flask AppBuilder would store the access token in the session. Nothing reads it after the login.
        session["oauth_provider"] = provider

    def get_oauth_user_info(self, provider, resp):
        try:
            return self._user_of(SETTINGS, self.oauth_remotes[provider], resp)
        except fab_login.Refused as refused:
            self._refuse(refused)
            self._take_roles(refused.username and self.find_user(username=refused.username))
            return {"username": ""}

    def _user_of(self, settings, remote, token):
        if settings["kind"] == "github":
            return fab_login.github_user(
                settings, answer_of(remote, token, "user").json(), every_page(remote, token, "user/emails?per_page=100"),
                every_page(remote, token, "user/orgs?per_page=100"), every_page(remote, token, "user/teams?per_page=100"))
        claims = dict(token.get("userinfo") or {})
        if not claims:
            raise fab_login.Refused("the identity provider sent no ID token; the scopes must contain 'openid'")
        if remote.load_server_metadata().get("userinfo_endpoint") and settings["asksUserinfo"]:
            more = dict(remote.userinfo(token=token))
            if more.get("sub") != claims.get("sub"):
                raise fab_login.Refused("the userinfo endpoint answered with another user than the ID token")
            # What the ID token says is signed.
            claims = {**more, **claims}
        return {"google": fab_login.google_user, "entra": fab_login.entra_user}.get(settings["kind"], fab_login.oidc_user)(settings, claims)

    def auth_user_oauth(self, userinfo, *args, **kwargs):
        if not userinfo.get("username"):
            return None
        return self._log_in(userinfo, lambda: super(SecurityManager, self).auth_user_oauth(userinfo, *args, **kwargs))

    def auth_user_remote_user(self, username):
        if not self.is_from_proxy():
            return None
        groups = fab_login.header_groups(request.headers.get(SETTINGS["groupsHeader"]))
        try:
            userinfo = fab_login.identity(username, {}, groups, request.headers.get(SETTINGS["emailHeader"]))
            if "," in userinfo["username"]:
                raise fab_login.Refused("the proxy sent two user names; let it drop headers whose names contain '_'")
        except fab_login.Refused as refused:
            return self._refuse(refused)
        return self._log_in(userinfo, lambda: super(SecurityManager, self).auth_user_remote_user(userinfo["username"]))

    def auth_user_ldap(self, username, password, *args, **kwargs):
        # A server takes an empty password for an anonymous user, and says yes.
        if not password:
            return None
        import ldap
        import ldap.filter  # the Flask AppBuilder of Airflow 2 does not import it

        for option in (ldap.OPT_NETWORK_TIMEOUT, ldap.OPT_TIMEOUT):
            ldap.set_option(option, TIMEOUT)
        try:
            name = fab_login.check_ldap_name(username)
            LOGGING_IN.set({"username": name})
            self._check_name(self.find_user(username=name), name)
            return super().auth_user_ldap(name, password, *args, **kwargs)
        except fab_login.Refused as refused:
            self._refuse(refused)
            return self._take_roles(refused.username and self.find_user(username=refused.username))
        finally:
            LOGGING_IN.set(None)

    def _search_ldap(self, ldap, con, username):
        dn, attributes = super()._search_ldap(ldap, con, username)
        if dn is None:
            return dn, attributes
        # Without any attribute, Flask AppBuilder would leave the roles as they are.
        attributes = {**attributes, "dn": [dn.encode()]}
        if SETTINGS.get("groupBase"):
            escaped = [ldap.filter.escape_filter_chars(text) for text in (dn, username)]
            found = con.search_s(SETTINGS["groupBase"], ldap.SCOPE_SUBTREE, fab_login.ldap_filter(SETTINGS, *escaped), ["cn"])
            attributes[self.auth_ldap_group_field] = [group.encode() for group, _ in found if group is not None]
        return dn, attributes

    def _ldap_calculate_user_roles(self, attributes):
        username = LOGGING_IN.get()["username"]
        groups = self.ldap_extract_list(attributes, self.auth_ldap_group_field)
        return self._roles_of(self.find_user(username=username), username, groups)

    def is_from_proxy(self):
        """Whether the request has the secret of the proxy. An address would prove nothing, as headers decide which one Airflow sees."""
        expected = secret("CDK8S_AIRFLOW_PROXY_SECRET")
        given = request.headers.get(SETTINGS["secretHeader"], "")
        if expected and hmac.compare_digest(given.encode(), expected.encode()):
            return True
        log.warning("login refused: the request has not the secret of the proxy in '%s'", SETTINGS["secretHeader"])
        return False

    def _log_in(self, userinfo, log_in):
        username = userinfo["username"]
        user = self.find_user(username=username)
        try:
            self._check_name(user, username)
            roles = self._roles_of(user, username, userinfo["role_keys"])
        except fab_login.Refused as refused:
            self._refuse(refused)
            return self._take_roles(user)
        LOGGING_IN.set({"username": username})
        try:
            if user is None:
                self._add(userinfo, roles)
            elif SETTINGS["type"] == "remoteUser":
                user.roles = roles
            userinfo["roles"] = roles
            return log_in()
        finally:
            LOGGING_IN.set(None)

    def _check_name(self, user, username):
        if user is not None and SETTINGS.get("passwordLogin") and self._has_password(user):
            raise fab_login.Refused(f"the user '{username}' has a password in Airflow, so the name belongs to someone who logs in with it")

    def _roles_of(self, user, username, groups):
        if user is not None and any(role.name.startswith(MARK) for role in user.roles):
            return list(user.roles)
        return self._existing_roles(fab_login.required_roles(SETTINGS, username, groups), username)

    def _add(self, userinfo, roles):
        """Adds a user at the first login. Flask AppBuilder's own registration would also let strangers fill in a form."""
        try:
            self.add_user(userinfo["username"], userinfo["first_name"], userinfo["last_name"], userinfo.get("email"), roles)
        except Exception:
            # Another request of the same user may have been first.
            log.exception("the user '%s' cannot be stored", userinfo["username"])

    def add_user(self, username, first_name, last_name, email, role, *args, **kwargs):
        # Addresses are unique. That of someone who was renamed belongs to the old name.
        if LOGGING_IN.get() and (not email or self.find_user(email=email) is not None):
            email = f"{username}@email.notfound"
        return super().add_user(username, first_name, last_name, email, role, *args, **kwargs)

    def _oauth_calculate_user_roles(self, userinfo):
        return userinfo["roles"]

    def _existing_roles(self, names, username):
        found = {name: self.find_role(name) for name in names}
        for name in (name for name, role in found.items() if role is None):
            log.error("the role '%s' of the user '%s' does not exist in Airflow", name, username)
        roles = [role for role in found.values() if role is not None]
        if not roles:
            raise fab_login.Refused(f"none of the roles {', '.join(names)} of '{username}' exists in Airflow", username)
        return roles

    @staticmethod
    def _has_password(user):
        from werkzeug.security import check_password_hash

        # Flask AppBuilder stores the hash of an empty password for a user without one.
        return bool(user.password) and not check_password_hash(user.password, "")

    def _take_roles(self, user):
        """A user who may no longer log in keeps no roles, because sessions and tokens that are open still work."""
        if user and user.roles and not (SETTINGS.get("passwordLogin") and self._has_password(user)):
            user.roles = []
            self.update_user(user)

    @staticmethod
    def _refuse(refused):
        log.warning("login refused: %s", refused)
        if has_request_context():
            flash("Your account has no access to this Airflow. Its log tells an administrator the reason.", "warning")

    def auth_user_db(self, username, password, *args, **kwargs):
        if not SETTINGS.get("passwordLogin"):
            log.warning("login with a password refused: 'passwordLogin' is off")
            return None
        return super().auth_user_db(username, password, *args, **kwargs)
