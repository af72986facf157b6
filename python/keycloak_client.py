"""Prepares the client of Airflow in Keycloak for `airflow keycloak-auth-manager create-all`: `keycloak_client.py USER REALM`.

That command gives permissions to five roles, which it takes for granted. And Keycloak lets every permission of a resource decide, unless
told otherwise: the permission of admins would refuse everyone else, and the one of users would refuse admins.
"""

import json
import os
import sys

ROLES = ("Viewer", "User", "Op", "Admin", "SuperAdmin")


def option(name):
    from airflow.configuration import conf

    return conf.get("keycloak_auth_manager", name)


def connect(username, user_realm):
    from keycloak import KeycloakAdmin

    return KeycloakAdmin(
        server_url=option("server_url"), username=username, password=os.environ["KEYCLOAK_PASSWORD"],
        realm_name=option("realm"), user_realm_name=user_realm, client_id="admin-cli", verify=True,
    )


def client_of(admin):
    wanted = option("client_id")
    for client in admin.get_clients():
        if client["clientId"] == wanted:
            return client
    sys.exit(f"the realm '{option('realm')}' has no client '{wanted}'; create it, with \"Client authentication\" and \"Authorization\" on")


def create_roles(admin, client):
    """A role of the realm counts as well, as for the command."""
    existing = {role["name"] for role in [*admin.get_realm_roles(), *admin.get_client_roles(client)]}
    for name in ROLES:
        if name not in existing:
            admin.create_client_role(client, {"name": name}, skip_exists=True)
            print(f"created the role {name} of the client", flush=True)


def let_one_permission_decide(admin, client):
    path = f"admin/realms/{option('realm')}/clients/{client}/authz/resource-server"
    settings = json.loads(admin.connection.raw_get(path).text)
    if settings.get("decisionStrategy") != "AFFIRMATIVE":
        answer = admin.connection.raw_put(path, data=json.dumps({**settings, "decisionStrategy": "AFFIRMATIVE"}))
        if answer.status_code >= 300:
            sys.exit(f"Keycloak refused the decision strategy: {answer.status_code} {answer.text}")
        print("set the decision strategy of the client to Affirmative", flush=True)


def main(username, user_realm):
    admin = connect(username, user_realm)
    client = client_of(admin)
    if not client.get("authorizationServicesEnabled"):
        sys.exit(f"the client '{client['clientId']}' of the realm '{option('realm')}' lacks \"Authorization\"; switch it on")
    create_roles(admin, client["id"])
    let_one_permission_decide(admin, client["id"])


if __name__ == "__main__":
    main(*sys.argv[1:])
