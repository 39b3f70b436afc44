import { UserError } from '../../model/user-error';
import type { CheckOf, Probe } from './target';
import { Unhealthy } from './target';

/** The QEMU guest agent answers a ping. */
export const guestAgent: Probe<CheckOf<'guest-agent'>> = async ({ machines, clone }, { timeout }) => {
  try {
    // libvirt counts whole seconds.
    await machines.pingAgent(clone, Math.ceil(timeout));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new Unhealthy(`expected an answer of the guest agent within ${timeout} s, found: ${error.message}`);
  }
};
