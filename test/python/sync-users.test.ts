import { describe, python, test, withFiles } from './python';

/** What the script makes of the password that a Secret holds. */
function password(text: string | undefined, user = 'ann'): unknown {
  return withFiles(text === undefined ? {} : { 'passwords/ann': text }, folder => python(`
import os, sync_users
try:
    answer(sync_users.password_of({"user": "${user}", "password": os.environ["FOLDER"] + "/passwords/ann"}))
except Exception as error:
    answer([type(error).__name__, str(error)])`, { FOLDER: folder }).value);
}

describe('a password', () => {
  const KEY = 'the key ann of the Secret passwords';

  test.each(['hunter2', 'correct horse battery staple', 'pässwörd', '$(HOME)'])('may be %s', text => expect(password(text)).toBe(text));

  test('is waited for, as long as its Secret is missing', () => expect(password(undefined)).toEqual(['Later', KEY]));

  test.each(['', '\n'])('is not empty (%j)', text => expect(password(text)).toEqual(['Wrong', `${KEY} is empty`]));

  test.each(['hunter2\n', ' hunter2'])('is one that somebody can type (%j), and is not repeated', text => {
    expect(password(text)).toEqual(['Wrong', `${KEY} begins or ends with a space or a line break, which nobody types at a login; write it without, as \`printf\` does`]);
  });

  test.each([['admin', 'bob'], ['Airflow', 'bob'], ['Bob', 'bob'], ['password', 'bob']])('is not one that everybody knows (%s)', (text, user) => {
    expect(password(text, user)).toEqual(['Wrong', `${KEY} is the name of the user or a default that everybody knows; write another one`]);
  });
});

/** Runs rounds whose outcomes are given, against a clock that only `sleep` moves on; each outcome is of one round. */
const rounds = (...outcomes: string[]) => {
  const { value, printed } = python(`
import sys, types
class DBAPIError(Exception):
    def __init__(self, text): self.orig = text
class IntegrityError(DBAPIError): pass
sys.modules["sqlalchemy"] = types.ModuleType("sqlalchemy")
sys.modules["sqlalchemy.exc"] = types.ModuleType("sqlalchemy.exc")
vars(sys.modules["sqlalchemy.exc"]).update(DBAPIError=DBAPIError, IntegrityError=IntegrityError)
import sync_users
now, rolled_back = [0], []
sync_users.time.monotonic = lambda: now[0]
sync_users.time.sleep = lambda seconds: now.__setitem__(0, now[0] + seconds)
outcomes = [${outcomes.join(', ')}]
def apply(self, roles, users):
    self.changes, self.problems, self.later = [], [], []
    (outcomes.pop(0) if len(outcomes) > 1 else outcomes[0])(self)
sync_users.Round.apply = apply
session = types.SimpleNamespace(rollback=lambda: rolled_back.append(1))
def throw(error): raise error
builder = types.SimpleNamespace(sm=None, get_session=session)
answer([sync_users.rounds(builder, "mark", [1], [1, 2]), now[0]])`);
  const [status, seconds] = value as [number, number];
  return { status, seconds, printed };
};

describe('the rounds', () => {
  const DONE = 'lambda a: a.changes.append("created user ann with Viewer")';
  const NOTHING = 'lambda a: None';
  const LATER = 'lambda a: throw(sync_users.Later("the roles of Airflow"))';

  test('end with the first that leaves nothing to do', () => {
    expect(rounds(DONE)).toEqual({ status: 0, seconds: 0, printed: ['created user ann with Viewer', '1 roles and 2 users are as declared'] });
    expect(rounds(NOTHING)).toEqual({ status: 0, seconds: 0, printed: ['1 roles and 2 users are as declared'] });
  });

  test('wait for what is still to come, and say it once', () => {
    expect(rounds(LATER, LATER, DONE)).toEqual({
      status: 0, seconds: 10, printed: ['waiting for:', '  the roles of Airflow', 'created user ann with Viewer', '1 roles and 2 users are as declared'],
    });
  });

  test('end without it after ten minutes, so that the Job counts a failed try', () => {
    expect(rounds(LATER)).toEqual({ status: 1, seconds: 605, printed: ['waiting for:', '  the roles of Airflow', 'not done:', '  the roles of Airflow'] });
  });

  test('end with what only a person can mend, after everything else is done', () => {
    expect(rounds('lambda a: (a.changes.append("deactivated user bob"), a.problems.append("user ann: no"), a.later.append("role x: later"))')).toEqual({
      status: 1, seconds: 0, printed: ['deactivated user bob', 'not done:', '  user ann: no', '  role x: later'],
    });
  });

  test('begin again when another process wrote the same', () => {
    expect(rounds('lambda a: throw(IntegrityError("duplicate key\\nDETAIL: of ann"))', NOTHING)).toEqual({
      status: 0, seconds: 5, printed: ['waiting for:', '  another process that wrote the same: duplicate key', '1 roles and 2 users are as declared'],
    });
  });

  test('end with an error of the database, without the parameters of the query, in which hashes of passwords are', () => {
    expect(rounds('lambda a: throw(DBAPIError("server closed the connection\\n[parameters: scrypt:1]"))')).toEqual({
      status: 1, seconds: 0, printed: ['the database failed: server closed the connection'],
    });
  });
});
