import { ADA, IdentityServers } from './identity-servers';
import { Login, Ui } from './ui';

/** How users log in, as far as the ways differ. */
export abstract class LoginWay {
  public static of(name: string, servers: IdentityServers): LoginWay {
    return new WAYS[name](servers);
  }

  constructor(protected readonly servers: IdentityServers) {}

  /** How a service asks `/auth/token`, where DAGs run; the users of FAB have a test of their own. */
  public get service(): { readonly [field: string]: string } | undefined {
    return undefined;
  }

  /** Starts the server that knows the users, with what the notes tell to register, and nothing else. */
  public abstract start(notes: string): Promise<void>;

  public abstract logIn(ui: Ui, login: Login): Promise<void>;

  public async waitUntilRefused(ui: Ui): Promise<void> {
    await ui.visitor.waitForText('Your account has no access to this Airflow.');
  }

  /**
   * Takes from Ada what lets her in.
   *
   * @param applyWithout applies a program that does not have her
   */
  public abstract takeAway(applyWithout: () => Promise<void>): Promise<void>;
}

class Oauth extends LoginWay {
  public async start(notes: string): Promise<void> {
    await this.servers.startKeycloak(registered(notes, 'redirect URI'), []);
  }

  public async logIn(ui: Ui, login: Login): Promise<void> {
    await ui.open();
    await ui.visitor.follow('#btn-signin-keycloak');
    await ui.logInAtKeycloak(login, this.servers.keycloakUrl);
  }

  public async takeAway(): Promise<void> {
    await this.servers.leaveGroups(ADA.username);
  }
}

/** The Keycloak auth manager leads to Keycloak by itself, and Keycloak decides what a user may do. */
class Keycloak extends LoginWay {
  public override get service(): { readonly [field: string]: string } {
    return { grant_type: 'client_credentials', client_id: 'airflow', client_secret: this.servers.secrets.clientSecret };
  }

  public async start(notes: string): Promise<void> {
    await this.servers.startKeycloak(registered(notes, 'redirect URI'), registered(notes, 'post logout redirect URI'));
  }

  public async logIn(ui: Ui, login: Login): Promise<void> {
    await ui.open();
    await ui.logInAtKeycloak(login, this.servers.keycloakUrl);
  }

  /** Keycloak lets everyone of the realm in, to an Airflow without anything. */
  public override async waitUntilRefused(ui: Ui): Promise<void> {
    await ui.waitUntilLoggedIn();
    await ui.visitor.waitForText('403 Forbidden');
  }

  public async takeAway(): Promise<void> {
    await this.servers.leaveGroups(ADA.username);
  }
}

class Ldap extends LoginWay {
  public async start(): Promise<void> {
    await this.servers.startLdap();
  }

  public async logIn(ui: Ui, login: Login): Promise<void> {
    await ui.logIn(login);
  }

  public async takeAway(): Promise<void> {
    await this.servers.leaveLdapGroup(ADA.username);
  }
}

/** The SimpleAuthManager: the program has the users. */
class Simple extends LoginWay {
  public override get service(): { readonly [field: string]: string } {
    return { username: 'ci', password: this.servers.secrets.ci };
  }

  public async start(): Promise<void> {}

  public async logIn(ui: Ui, login: Login): Promise<void> {
    await ui.logInWithoutReload(login);
  }

  public override async waitUntilRefused(ui: Ui): Promise<void> {
    await ui.visitor.waitForText('Invalid credentials');
  }

  public async takeAway(applyWithout: () => Promise<void>): Promise<void> {
    await applyWithout();
  }
}

type Kind = new (servers: IdentityServers) => LoginWay;
const WAYS: { readonly [name: string]: Kind } = { oauth: Oauth, ldap: Ldap, keycloak: Keycloak, simple: Simple };

function registered(notes: string, what: string): string[] {
  const uri = new RegExp(`The ${what} to register at [^:]+:\\n\\s*(\\S+)`).exec(notes)?.[1];
  if (uri === undefined) { throw new Error(`no ${what} in the notes: ${notes}`); }
  return [uri];
}
