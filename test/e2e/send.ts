import { request as http } from 'node:http';
import { request as https } from 'node:https';
import { Pair } from './authority';

export interface Request {
  readonly method: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A request as `fetch` makes it; by https it verifies nothing, and presents the certificate of a client. */
export async function send(url: string, { method, headers, body }: Request, client?: Pair): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { method, headers: { ...headers, connection: 'close' } };
    const request = url.startsWith('https:')
      ? https(url, { ...options, rejectUnauthorized: false, cert: client?.certificate, key: client?.key, agent: false })
      : http(url, { ...options, agent: false });
    request.on('error', reject).on('response', response => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; }).on('error', reject)
        .on('end', () => resolve({ status: response.statusCode!, text }));
    });
    request.end(body);
  });
}
