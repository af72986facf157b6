import { describe, python, scriptText, test, withFiles } from './python';

/** A Keycloak, as far as the script asks it. */
const KEYCLOAK = `
import json, os, sys, types
def module(name, **members):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__dict__.update(members)
class Connection:
    def __init__(self, strategy): self.settings, self.puts = {"policyEnforcementMode": "ENFORCING", "decisionStrategy": strategy}, []
    def raw_get(self, path): return types.SimpleNamespace(text=json.dumps(self.settings))
    def raw_put(self, path, data):
        self.puts.append([path, json.loads(data)])
        return types.SimpleNamespace(status_code=status, text="no")
class KeycloakAdmin:
    made = []
    def __init__(self, **arguments):
        self.arguments, self.connection, self.roles = arguments, Connection(strategy), []
        KeycloakAdmin.made.append(self)
    def get_clients(self): return [{"id": "uuid", "clientId": client, "authorizationServicesEnabled": authorization}]
    def get_realm_roles(self): return [{"name": "Op"}]
    def get_client_roles(self, client): return [{"name": "Viewer"}]
    def create_client_role(self, client, role, skip_exists): self.roles.append([client, role["name"], skip_exists])
options = {"server_url": "https://keycloak", "realm": "main", "client_id": "airflow"}
module("airflow"); module("airflow.configuration", conf=types.SimpleNamespace(get=lambda section, name: options[name]))
module("keycloak", KeycloakAdmin=KeycloakAdmin)
strategy, client, authorization, status = "UNANIMOUS", "airflow", True, 204
os.environ["KEYCLOAK_PASSWORD"] = "secret"
def main():
    try:
        keycloak_client.main("admin", "master")
    except SystemExit as end:
        return str(end.code)
    made = KeycloakAdmin.made[0]
    return [made.arguments, made.roles, made.connection.puts]
`;

function prepared(change = ''): unknown {
  return withFiles({ 'keycloak_client.py': scriptText('keycloak_client.py') }, folder => python([
    KEYCLOAK, `sys.path.insert(0, "${folder}")`, 'import keycloak_client', change, 'answer(main())',
  ].join('\n')).value);
}

describe('the client of Airflow in Keycloak', () => {
  const login = {
    server_url: 'https://keycloak', username: 'admin', password: 'secret', realm_name: 'main', user_realm_name: 'master', client_id: 'admin-cli', verify: true,
  };
  const roles = ['User', 'Admin', 'SuperAdmin'].map(name => ['uuid', name, true]);

  test('gets the roles that it and the realm lack, and one permission of several decides', () => {
    expect(prepared()).toEqual([login, roles, [
      ['admin/realms/main/clients/uuid/authz/resource-server', { policyEnforcementMode: 'ENFORCING', decisionStrategy: 'AFFIRMATIVE' }],
    ]]);
  });

  test('keeps the decision strategy that is right', () => {
    expect(prepared('strategy = "AFFIRMATIVE"')).toEqual([login, roles, []]);
  });

  test('fails without the client, without its authorization, and where Keycloak refuses', () => {
    expect(prepared('client = "other"')).toBe("the realm 'main' has no client 'airflow'; create it, with \"Client authentication\" and \"Authorization\" on");
    expect(prepared('authorization = False')).toBe("the client 'airflow' of the realm 'main' lacks \"Authorization\"; switch it on");
    expect(prepared('status = 403')).toBe('Keycloak refused the decision strategy: 403 no');
  });
});
