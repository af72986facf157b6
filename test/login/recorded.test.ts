import { createHash } from 'crypto';
import * as fs from 'fs';
import * as path from 'path';
import recorded from './recorded.json';

/**
 * What the real Flask AppBuilder of each release makes of the library's `webserver_config.py`. After a change of the scripts, run check.py
 * in an environment with Airflow and Authlib for each release, and write what it prints, and the hash, into recorded.json.
 */
const SCRIPTS = ['fab_config.py', 'fab_login.py', 'fab_security_manager.py', 'webserver_config.py'];

interface Login { readonly in: boolean; readonly roles: string[] | null; readonly uri: string | null }

test('the recording is of the scripts of today', () => {
  const texts = SCRIPTS.map(name => fs.readFileSync(path.join(__dirname, '..', '..', 'python', name), 'utf8'));
  expect(recorded.scripts).toBe(createHash('sha256').update(texts.join('')).digest('hex'));
});

describe.each([['3.3.2', '/auth'], ['2.11.2', '']] as const)('with Airflow %s, a user', (release, prefix) => {
  const logins = recorded[release] as { readonly [title: string]: Login };

  test.each<[string, boolean, string[] | null]>([
    ['with the group', true, ['Viewer']],
    ['after the group was taken away', false, []],
    ['with a path, and letters composed otherwise', true, ['Op', 'Viewer']],
    ['with the group in another case', false, []],
    ['with a single text', true, ['Viewer']],
    ['new without a group', false, null],
    ['with the address of another user', true, ['Viewer']],
    ['with a clock 90 seconds ahead', true, ['Viewer']],
    ['with a clock 600 seconds ahead', false, ['Viewer']],
    ['with groups of the userinfo endpoint', true, ['Viewer']],
    ['with the userinfo of another user', false, ['Viewer']],
    ['while the provider is down', false, ['Viewer']],
    ['Google: an admin', true, ['Admin']],
    ['Google: another domain', false, null],
    ['Google: not verified', false, null],
    ['Entra: a group', true, ['Op']],
    ['Entra: too many groups', false, null],
    ['Entra: another tenant', false, null],
    ['GitHub: a team on the second page', true, ['Op']],
    ['GitHub: a member', true, ['Viewer']],
    ['GitHub: another organization', false, null],
  ])('%s', (title, inside, roles) => {
    expect(logins[title]).toMatchObject({ in: inside, roles });
  });

  test('comes back to the redirect URI of the public URL, whatever the request says', () => {
    expect(logins['with the group'].uri).toBe(`https://example.com/airflow${prefix}/oauth-authorized/oidc`);
  });
});
