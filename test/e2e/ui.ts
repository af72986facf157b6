import { Visitor } from './browser';
import { Pending, until } from './poll';

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** What a user does in the UI of an Airflow; pages are reached by the UI's own links. */
export abstract class Ui {
  public static of(visitor: Visitor, url: string, version: string): Ui {
    return version.startsWith('2.') ? new FlaskUi(visitor, url) : new ReactUi(visitor, url);
  }

  protected constructor(
    public readonly visitor: Visitor,
    /** The base URL, without a slash at its end. */
    public readonly url: string,
  ) {}

  /** Opens the UI and logs in by the form of the FAB auth manager. */
  public async logIn({ username, password }: Login): Promise<void> {
    await this.open();
    await this.visitor.fill('#username', username);
    await this.visitor.fill('#password', password);
    await this.visitor.follow('input[type=submit], button[type=submit]');
  }

  /** Opens the UI and logs in by a form that leaves its page only when it lets the user in. */
  public async logInWithoutReload({ username, password }: Login): Promise<void> {
    await this.open();
    await this.visitor.fill('input[name="username"]', username);
    await this.visitor.fill('input[name="password"]', password);
    await this.visitor.click('button[type="submit"]');
  }

  /** Fills the form of Keycloak, to which the UI has led. */
  public async logInAtKeycloak({ username, password }: Login, keycloakUrl: string): Promise<void> {
    const { visitor } = this;
    await visitor.waitFor('#kc-login');
    if (!visitor.page.url().startsWith(`${keycloakUrl}/`)) { throw new Error(`the form of Keycloak is at ${visitor.page.url()}`); }
    await visitor.fill('#username', username);
    await visitor.fill('#password', password);
    await visitor.follow('#kc-login');
  }

  /** Opens the first page. */
  public async open(): Promise<void> {
    await this.visitor.open(`${this.url}/`);
  }

  /** Waits until the UI knows the user. */
  public abstract waitUntilLoggedIn(): Promise<void>;

  /** Waits for a login: the form of an auth manager or of Keycloak, or the button of an identity provider. */
  public async waitUntilLoggedOut(): Promise<void> {
    await this.visitor.waitFor('input[name="username"], #btn-signin-keycloak');
  }

  /** Starts a DAG from the list, waits for the success of the task and for the text in its log. */
  public abstract runByHand(dagId: string, taskId: string, text: string): Promise<void>;

  /** Logs out and waits for the login page. */
  public abstract logOut(): Promise<void>;
}

/** Airflow 3. */
class ReactUi extends Ui {
  private static readonly USER = 'button[aria-label="User"]';

  constructor(visitor: Visitor, url: string) {
    super(visitor, url);
  }

  public async waitUntilLoggedIn(): Promise<void> {
    await this.visitor.waitFor(ReactUi.USER);
  }

  public async runByHand(dagId: string, taskId: string, text: string): Promise<void> {
    const { visitor } = this;
    await visitor.click('[data-testid="nav-dags-link"]');
    await visitor.click(`::-p-xpath(//a[@data-testid="dag-id" and text()="${dagId}"])`);
    // The list has such a button too, which does not lead to the run, and stays for a while after the path has changed.
    await visitor.waitForPath(new RegExp(`/dags/${dagId}/?$`));
    await visitor.waitForText('Latest Dag Version');
    await visitor.click('[data-testid="trigger-dag-button"]');
    await visitor.click('[data-testid="trigger-dag-submit"]');
    await visitor.waitForPath(new RegExp(`/dags/${dagId}/runs/[^/]+/?$`));
    await visitor.click(`::-p-xpath(//table//a[contains(@href, "/tasks/${taskId}")])`);
    await visitor.waitForPath(new RegExp(`/tasks/${taskId}`));
    await visitor.waitForText('Success');
    // The page does not ask again for the log of a task that has ended; and a bookmark has to work too.
    await visitor.open(visitor.page.url());
    await visitor.waitForText(text);
  }

  public async logOut(): Promise<void> {
    const { visitor } = this;
    await visitor.click(ReactUi.USER);
    await visitor.click('[role="menuitem"][data-value="logout"]');
    const confirm = '::-p-xpath(//*[@role="dialog"]//button[text()="Confirm"])';
    // A dialog that is not drawn yet ignores a click.
    await visitor.waitFor(confirm);
    await visitor.follow(confirm);
    await this.waitUntilLoggedOut();
  }
}

/** Airflow 2. */
class FlaskUi extends Ui {
  constructor(visitor: Visitor, url: string) {
    super(visitor, url);
  }

  public async waitUntilLoggedIn(): Promise<void> {
    await this.visitor.waitFor('a.dropdown-toggle .navbar-user-icon, a[href$="/users/userinfo/"]');
  }

  public async runByHand(dagId: string, taskId: string, text: string): Promise<void> {
    const { visitor } = this;
    await visitor.follow('::-p-xpath(//a[normalize-space()="DAGs"])');
    await visitor.follow(`a[href$="/dags/${dagId}/grid"]`);
    await visitor.follow('a[aria-label="Trigger DAG"]');
    await visitor.waitForText('with new Run ID');
    const [, runId] = /with new Run ID (\S+),/.exec(await visitor.text())!;
    // The page asks for the log of a task once, if the task ends soon after.
    await until(`success of ${taskId}`, { seconds: 150 }, async () => {
      const { text: instance } = await visitor.ask(`${this.url}/api/v1/dags/${dagId}/dagRuns/${encodeURIComponent(runId)}/taskInstances/${taskId}`);
      if (!/"state": "success"/.test(instance)) { throw new Pending(instance); }
    });
    // The cells of the grid do not say of which run they are.
    await visitor.open(`${this.url}/dags/${dagId}/grid?${new URLSearchParams({ dag_run_id: runId, task_id: taskId, tab: 'logs' })}`);
    await visitor.waitForText('Post task execution logs');
    await visitor.waitForText(text);
  }

  public async logOut(): Promise<void> {
    const { visitor } = this;
    await visitor.follow('form[action$="/logout/"] button');
    await this.waitUntilLoggedOut();
  }
}
