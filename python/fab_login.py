"""Decides who may log in, and with which roles: pure functions, which need neither Airflow nor Flask.

`settings` is the JSON that the library writes beside `webserver_config.py`. `claims` is what the identity provider says
about a user. A login that is not allowed raises `Refused`, whose text tells an administrator what to do. It never
contains a token or a secret.
"""

import re
import unicodedata

class Refused(Exception):
    """The reason why a user may not log in. `username` is given if the provider vouches for it."""

    def __init__(self, reason, username=None):
        super().__init__(reason)
        self.username = username


def normalized(name, ignores_case=False):
    """The form in which names are compared: one composition of each letter, and a path of Keycloak without its first slash."""
    text = unicodedata.normalize("NFC", name).strip()
    text = text[1:] if text.startswith("/") else text
    return text.casefold() if ignores_case else text


def normalized_dn(name):
    """A DN of LDAP, whose parts may have blanks around them, and letters in hexadecimal."""
    def text_of(match):
        return bytes.fromhex(match.group().replace("\\", "")).decode(errors="replace")

    return normalized(re.sub(r"\s*([,=+])\s*", r"\1", re.sub(r"(?:\\[0-9a-fA-F]{2})+", text_of, name)), True)


def claim(claims, path):
    """The claim with this name, or the claim inside another, such as `realm_access.roles`. A name itself may contain dots."""
    if path in claims:
        return claims[path]
    value = claims
    for part in path.split("."):
        if not isinstance(value, dict) or part not in value:
            return None
        value = value[part]
    return value


def texts(value):
    """The texts of a claim, which some providers send as a single text if there is only one."""
    values = [value] if isinstance(value, str) else value if isinstance(value, (list, tuple, set)) else []
    return [item for item in values if isinstance(item, str) and item.strip()]


def roles_of(settings, groups):
    """The roles of a user with these groups, without duplicates. Nobody has a role that no setting gives."""
    def form(name):
        return normalized_dn(name) if settings.get("type") == "ldap" else normalized(name, settings.get("ignoresCase", False))

    own = {form(group) for group in groups}
    found = [role for group, roles in (settings.get("groups") or {}).items() if form(group) in own for role in roles]
    if not found and settings.get("defaultRole"):
        found = [settings["defaultRole"]]
    return sorted(set(found))


def near_misses(settings, groups):
    """Groups that differ from a mapped group only in case."""
    mapped = {normalized(group, True): group for group in settings.get("groups") or {}}
    return [(group, mapped[normalized(group, True)]) for group in groups if normalized(group, True) in mapped]


def required_roles(settings, username, groups):
    """The roles of a user; refuses one without a role."""
    roles = roles_of(settings, groups)
    if roles:
        return roles
    shown = ", ".join(sorted(groups)[:20]) or "no groups"
    near = near_misses(settings, groups)[:3]
    hint = "".join(f"; '{group}' is not '{mapped}', since upper and lower case differ" for group, mapped in near)
    prop = "users" if settings.get("kind") == "google" else "groups"
    raise Refused(f"no role for '{username}', who has {shown}{hint}; give one of them a role in '{prop}', or set 'defaultRole'", username)


def check_email(settings, username, email, verified):
    """Refuses an address of another domain, and one that the provider has not verified, since anyone could claim it."""
    domains = [domain.casefold() for domain in settings.get("allowedDomains") or []]
    if not domains:
        return
    if not email or verified is not True:
        state = "not verified" if email else "missing"
        raise Refused(f"the email address of '{username}' is {state}, and 'allowedDomains' decides by it", username)
    if email.rsplit("@", 1)[-1].casefold() not in domains:
        raise Refused(f"'{username}' is not of the domain {' or '.join(domains)}", username)


def identity(username, claims, groups, email=None):
    """What Airflow stores about a user."""
    username = username.strip() if isinstance(username, str) else ""
    if not username:
        raise Refused("the identity provider sent no user name; see 'usernameClaim' and 'scopes'")
    first, _, last = str(claims.get("name") or "").strip().partition(" ")
    return {
        "username": username[:256],
        "email": (email or "")[:512],
        "first_name": str(claims.get("given_name") or first or username)[:256],
        "last_name": str(claims.get("family_name") or last or "-")[:256],
        "role_keys": groups,
    }


def oidc_user(settings, claims):
    """A user of OpenID Connect, by the claims of the signed ID token and of the userinfo endpoint."""
    email = claims.get("email")
    email = email if isinstance(email, str) else None
    username = claim(claims, settings.get("usernameClaim") or "preferred_username") or email
    check_email(settings, username, email, claims.get("email_verified"))
    return identity(username, claims, texts(claim(claims, settings.get("groupsClaim") or "groups")), email)


def google_user(settings, claims):
    """A Google account. Google sends no groups, so the address stands for the user."""
    email = claims.get("email")
    if claims.get("email_verified") is not True:
        raise Refused(f"the email address of '{email}' is not verified")
    domains = [domain.casefold() for domain in settings.get("allowedDomains") or []]
    # An account outside of Google Workspace can have an address of any domain. Only `hd` says who manages the account.
    hosted = str(claims.get("hd") or "").casefold()
    if domains and hosted not in domains:
        raise Refused(f"'{email}' is not an account of the Google Workspace domain {' or '.join(domains)}", email)
    return identity(email, claims, texts(email), email)


def entra_user(settings, claims):
    """A user of Microsoft Entra ID. App roles and groups both count as groups."""
    tenant = claims.get("tid")
    expected = settings.get("tenant", "").casefold()
    # The tenant may be given as a domain. Then only the issuer, which is checked already, names its ID.
    if is_guid(expected) and str(tenant).casefold() != expected:
        raise Refused(f"the user is of the tenant {tenant}, and not of {expected}")
    username = claims.get("preferred_username") or claims.get("upn") or claims.get("email")
    groups = texts(claims.get("roles")) + texts(claims.get("groups"))
    too_many = "groups" in (claims.get("_claim_names") or {}) or claims.get("hasgroups") is True
    if too_many and not roles_of({**settings, "defaultRole": None}, groups):
        raise Refused(f"'{username}' is in more groups than Entra ID puts into a token; let the app registration emit only "
                      "'Groups assigned to the application', or use app roles", username)
    return identity(username, claims, groups, claims.get("email") or username)


def is_guid(text):
    return len(text) == 36 and all(part and all(letter in "0123456789abcdef" for letter in part) for part in text.casefold().split("-"))


def github_user(settings, user, emails, organizations, teams):
    """A user of GitHub, by the answers of its API. `org` and `org/team` count as groups."""
    login = user.get("login")
    orgs = [str(item.get("login")) for item in organizations]
    allowed = {name.casefold() for name in settings.get("organizations", [])}
    if not allowed & {name.casefold() for name in orgs}:
        raise Refused(f"'{login}' is no member of the organization {' or '.join(sorted(allowed))} that GitHub shows to this OAuth app; "
                      "an owner of the organization may have to approve the app", login)
    groups = [name for name in orgs if name.casefold() in allowed]
    groups += [f"{item['organization']['login']}/{item['slug']}" for item in teams if item["organization"]["login"].casefold() in allowed]
    verified = [item for item in emails if item.get("verified") is True]
    primary = next((item["email"] for item in verified if item.get("primary")), verified[0]["email"] if verified else None)
    return identity(login, {"name": user.get("name")}, groups, primary)


def ldap_filter(settings, dn, username):
    """The filter that finds the groups of a user. The arguments are escaped."""
    if settings.get("nestedGroups"):
        return f"(member:1.2.840.113556.1.4.1941:={dn})"
    return f"(|(member={dn})(uniqueMember={dn})(memberUid={username}))"


def check_ldap_name(username):
    """The user name without blanks around it. A name with the signs of a filter could find someone else."""
    name = (username or "").strip()
    if not name or re.search(r"[*()\\\x00-\x1f]", name):
        raise Refused("a user name must not be empty, and must have none of the signs *, (, ) and \\")
    return name


def header_groups(text):
    """The groups of a header, with commas between them."""
    return [group.strip() for group in (text or "").split(",") if group.strip()]
