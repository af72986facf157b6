import { Pair } from './authority';
import { PortForward } from './kubectl';
import { Pending, until } from './poll';
import { Answer, send } from './send';

/** The most that both versions answer at once. */
const PAGE = 100;

export interface TaskInstance {
  readonly task_id: string;
  readonly map_index: number;
  readonly state: string | null;
  readonly try_number: number;
  readonly end_date: string | null;
}

interface ImportError {
  readonly filename: string;
  readonly stack_trace: string;
}

export interface DagRun {
  readonly dagId: string;
  readonly runId: string;
}

/** The REST API of Airflow 2 (v1, name and password) and 3 (v2, a token), as far as the tests call it. */
export class AirflowApi {
  public static async logIn(
    forward: PortForward, airflow3: boolean, password: string, { client, username = 'admin' }: { readonly client?: Pair; readonly username?: string } = {},
  ): Promise<AirflowApi> {
    if (!airflow3) {
      return new AirflowApi(forward, '/api/v1', `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
    }
    return AirflowApi.withToken(forward, { username, password }, client);
  }

  /** The API of Airflow 3, with what an auth manager takes for a token. */
  public static async withToken(forward: PortForward, login: { readonly [field: string]: string }, client?: Pair): Promise<AirflowApi> {
    const { status, text } = await send(`${forward.url}/auth/token`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(login),
    }, client);
    if (status !== 201) { throw new Error(`POST /auth/token: ${status} ${text}`); }
    const { access_token: token } = JSON.parse(text) as { access_token: string };
    return new AirflowApi(forward, '/api/v2', `Bearer ${token}`, client);
  }

  private constructor(
    private readonly forward: PortForward, private readonly root: string, private readonly authorization: string, private readonly client?: Pair,
  ) {}

  /** Waits until the DAG is in the list; an import error of a file that should have none ends the wait. */
  public async waitForDag(dagId: string, seconds: number): Promise<void> {
    await until(`DAG ${dagId}`, { seconds, periodSeconds: 1 }, async () => {
      if ((await this.call('GET', `/dags/${dagId}`)).status === 200) { return; }
      const errors = (await this.importErrors()).filter(({ filename }) => !/unknown_/.test(filename));
      if (errors.length > 0) { throw new Error(`import errors: ${JSON.stringify(errors)}`); }
      throw new Pending('the list does not have it');
    });
  }

  public async importErrors(): Promise<ImportError[]> {
    return (JSON.parse((await this.ok('GET', '/importErrors')).text) as { import_errors: ImportError[] }).import_errors;
  }

  /** Ends a run and its tasks. */
  public async fail(run: DagRun): Promise<void> {
    await this.ok('PATCH', this.path(run), { state: 'failed' });
  }

  public async trigger(dagId: string, runId = 'e2e'): Promise<DagRun> {
    await this.ok('PATCH', `/dags/${dagId}?update_mask=is_paused`, { is_paused: false });
    const run = { dagId, runId };
    await this.ok('POST', `/dags/${dagId}/dagRuns`, { dag_run_id: run.runId, ...(this.airflow3 ? { logical_date: null } : {}) });
    return run;
  }

  /** Waits until the run has ended and answers 'success' or 'failed'. */
  public async waitForEnd(run: DagRun, seconds: number): Promise<string> {
    return until(`end of DAG ${run.dagId}`, { seconds }, async () => {
      const { state } = JSON.parse((await this.ok('GET', this.path(run))).text) as { state: string };
      if (state === 'success' || state === 'failed') { return state; }
      const waiting = (await this.taskInstances(run)).filter(task => task.state !== 'success');
      throw new Pending(`it is ${state}; ${waiting.map(task => `${task.task_id}[${task.map_index}] is ${task.state}`).join(', ')}`);
    });
  }

  /** Waits until the task runs; one that has failed ends the wait. */
  public async waitUntilRunning(run: DagRun, taskId: string, seconds: number): Promise<void> {
    await until(`running ${run.dagId}.${taskId}`, { seconds }, async () => {
      const state = (await this.taskInstances(run)).find(task => task.task_id === taskId)?.state;
      if (state === 'running') { return; }
      if (state === 'failed' || state === 'success') { throw new Error(`${run.dagId}.${taskId} is ${state} before it was seen to run`); }
      throw new Pending(`it is ${state}`);
    });
  }

  public async taskInstances(run: DagRun): Promise<TaskInstance[]> {
    const found: TaskInstance[] = [];
    for (;;) {
      const { text } = await this.ok('GET', `${this.path(run)}/taskInstances?limit=${PAGE}&offset=${found.length}`);
      const page = (JSON.parse(text) as { task_instances: TaskInstance[] }).task_instances;
      found.push(...page);
      if (page.length < PAGE) { return found; }
    }
  }

  /** Waits until the log, as the UI gets it, has the text. */
  public async waitForLog(run: DagRun, taskId: string, text: string, seconds: number): Promise<void> {
    await until(`'${text}' in the log of ${run.dagId}.${taskId}`, { seconds }, async () => {
      const answer = await this.call('GET', `${this.path(run)}/taskInstances/${taskId}/logs/1?full_content=true&map_index=-1`);
      if (!(answer.status === 200 && answer.text.includes(text))) { throw new Pending(`${answer.status} ${answer.text.slice(-1500)}`); }
    });
  }

  public async xcom(run: DagRun, taskId: string): Promise<string> {
    const { text } = await this.ok('GET', `${this.path(run)}/taskInstances/${taskId}/xcomEntries/return_value`);
    const { value } = JSON.parse(text) as { value: unknown };
    // 2.x answers with Python's text of the value.
    return typeof value === 'string' ? value : JSON.stringify(value);
  }

  public async setVariable(key: string, value: string): Promise<void> {
    await this.ok('POST', '/variables', { key, value });
  }

  /** Makes Airflow refuse the token, as docs/api-access.md says. */
  public async revoke(): Promise<void> {
    const { status, text } = await send(`${this.forward.url}${this.root}/auth/logout`, {
      method: 'GET', headers: { cookie: `_token=${this.authorization.replace(/^Bearer /, '')}` },
    }, this.client);
    if (status !== 307) { throw new Error(`GET /auth/logout: ${status} ${text}`); }
  }

  private get airflow3(): boolean {
    return this.root === '/api/v2';
  }

  private path(run: DagRun): string {
    return `/dags/${run.dagId}/dagRuns/${run.runId}`;
  }

  /** Asks the API of the FAB auth manager for roles and users. */
  public async fab<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await this.call(method, path, body, this.airflow3 ? '/auth/fab/v1' : this.root);
    if (answer.status >= 300) { throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`); }
    return JSON.parse(answer.text) as T;
  }

  private async ok(method: string, path: string, body?: object): Promise<Answer> {
    const answer = await this.call(method, path, body);
    // A server whose database has just come back may not find it at once.
    if (method === 'GET' && answer.status >= 500) { throw new Pending(`${path}: ${answer.status}`); }
    if (answer.status >= 300) { throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`); }
    return answer;
  }

  /** Asks, whatever the status of the answer is. A question whose connection breaks may be asked again. */
  public async call(method: string, path: string, body?: object, root = this.root): Promise<Answer> {
    await this.forward.reopen();
    return send(`${this.forward.url}${root}${path}`, {
      method,
      headers: { 'authorization': this.authorization, 'accept': 'application/json', 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    }, this.client).catch((error: Error) => { throw method === 'GET' ? new Pending(`${path}: ${error.message}`) : error; });
  }
}
