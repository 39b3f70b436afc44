import { maskedUri } from '../model/manifest';
import { UserError } from '../model/user-error';

/** A request that failed and may go better in a moment: the connection was cut, or nothing came for too long. */
export class LostTransfer extends Error {}

const MOST_REDIRECTS = 10;

/**
 * Asks for a URL and follows redirects; the body is left to the caller.
 *
 * A redirect goes to the same scheme, or from http to https: whoever can redirect must not lead into files of this
 * machine, nor back to where anybody can listen. A password of the URL goes to its own origin only.
 *
 * @throws UserError for a URL that is none, a redirect that is refused, and a server that is not there
 */
export async function request(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<Response> {
  const first = httpUrl(url);
  let at = first;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await once(at, { ...headers, ...authorization(first, at) }, signal);
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    const next = URL.canParse(location, at.href) ? new URL(location, at) : undefined;
    const isUpgrade = at.protocol === 'http:' && next?.protocol === 'https:';
    if (!next || (next.protocol !== at.protocol && !isUpgrade)) {
      throw new UserError(
        `${shown(at)} redirects to ${maskedUri(location)}, which is no ${at.protocol.slice(0, -1)} URL: it is not followed; name the right URL yourself`,
      );
    }
    at = next;
  }
  throw new UserError(
    `${shown(first)} redirects more than ${MOST_REDIRECTS} times: name the right URL yourself`,
  );
}

/**
 * An http(s) URL.
 *
 * @throws UserError when it is none
 */
export function httpUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed && /^https?:$/.test(parsed.protocol)) return parsed;
  throw new UserError(`the URL is ${JSON.stringify(maskedUri(url))}, expected one of http or https`);
}

async function once(url: URL, headers: Record<string, string>, signal?: AbortSignal): Promise<Response> {
  const plain = new URL(url);
  plain.username = plain.password = plain.hash = '';
  try {
    return await fetch(plain.href, { headers, redirect: 'manual', ...(signal ? { signal } : {}) });
  } catch (error) {
    throw signal?.aborted ? error : lost(url, error);
  }
}

/** What a transfer broke off by, in the system's words, which `fetch` has as its cause. */
export function lost(url: URL, error: unknown): LostTransfer {
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  return new LostTransfer(`${shown(url)}: ${cause?.code ?? cause?.message ?? message}`);
}

function authorization(first: URL, at: URL): Record<string, string> {
  if (first.username === '' || first.origin !== at.origin) return {};
  const pair = [first.username, first.password].map(decodeURIComponent).join(':');
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function shown(url: URL): string {
  return maskedUri(url.href);
}
