import { knock } from '../../tools/tcp';
import { inTime } from './in-time';
import type { CheckOf, Probe } from './target';
import { Unhealthy } from './target';

/** The port takes a connection at one of the addresses that libvirt knows of the machine. */
export const tcp: Probe<CheckOf<'tcp'>> = async ({ machines, clone }, { port, timeout }, signal) => {
  const addresses = await inTime(machines.addresses(clone), timeout, 'its addresses from libvirt');
  if (addresses.length === 0) {
    throw new Unhealthy(
      `expected an address to reach port ${port} at, found none: libvirt has no DHCP lease, guest agent or ARP entry of it`,
    );
  }
  const done = new AbortController();
  const end = AbortSignal.any([
    done.signal,
    AbortSignal.timeout(timeout * 1000),
    ...(signal === undefined ? [] : [signal]),
  ]);
  try {
    await Promise.any(addresses.map((address) => knock(address, port, end)));
  } catch (error) {
    const reasons = (error as AggregateError).errors.map(
      (one, index) => `${addresses[index]}: ${reason(one)}`,
    );
    throw new Unhealthy(
      `expected a connection to port ${port} within ${timeout} s, found ${reasons.join(', ')}`,
    );
  } finally {
    done.abort();
  }
};

function reason(error: unknown): string {
  const { code, name, message } = error as NodeJS.ErrnoException;
  return name === 'AbortError' || name === 'TimeoutError' ? 'no answer' : (code ?? message);
}
