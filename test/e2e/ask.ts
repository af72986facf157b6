import { request as httpRequest, IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface Question {
  /** Where the host of the URL really is, as `address:port`. */
  readonly address: string;
  /** The authority that must have signed the certificate. */
  readonly ca?: string;
  /** The path as it is written, where a URL would change it. */
  readonly path?: string;
  readonly method?: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Sends one request; redirects are not followed, and a certificate must be right for the host of the URL. */
export async function ask(url: string, { address, ca, path, method = 'GET', headers = {}, body }: Question): Promise<Reply> {
  const { protocol, hostname, host, pathname, search } = new URL(url);
  const [, address4, port] = /^(.*):(\d+)$/.exec(address)!;
  const options = { host: address4, port, method, path: path ?? pathname + search, headers: { host, ...headers }, agent: false };
  return new Promise((resolve, reject) => {
    const sent = protocol === 'https:' ? httpsRequest({ ...options, servername: hostname, ca }) : httpRequest(options);
    sent.on('error', reject).on('response', response => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => { text += part; }).on('error', reject)
        .on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }));
    }).end(body);
  });
}
