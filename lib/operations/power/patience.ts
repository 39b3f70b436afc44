import pRetry from 'p-retry';
import { LostConnection } from '../../tools/virsh-connection';

/** How long libvirt may be away, in milliseconds: a restart of libvirtd takes seconds, on a busy host more of them. */
const PATIENCE = 30_000;

/**
 * Does something over a libvirt connection, and again for about 30 s while libvirt cannot be reached.
 *
 * What is done again must not mind that it was done already: an answer may be lost after the deed.
 *
 * @throws UserError when libvirt stays away, and whatever else is thrown at once
 */
export function patiently<Result>(act: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
  return pRetry(act, {
    retries: Number.POSITIVE_INFINITY,
    maxRetryTime: PATIENCE,
    minTimeout: 500,
    maxTimeout: 2000,
    shouldRetry: ({ error }) => error instanceof LostConnection,
    signal,
  });
}
