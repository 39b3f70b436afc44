import { UserError } from '../model/user-error';
import { isActive, Machines } from '../tools/machines';
import type { Context } from './context';
import { chosenClones } from './power/chosen';

/**
 * Gives the terminal to the serial console of a clone until the user leaves it.
 *
 * @throws UserError when there is not exactly one such clone, when it is off, or when virsh could not connect
 */
export async function openConsole(name: string, stacks: readonly string[], context: Context): Promise<void> {
  const clones = await chosenClones({ clones: [name], pools: [], all: false, stacks }, context);
  const [found, ...others] = clones;
  if (others.length > 0) {
    const known = clones.map(({ stack }) => stack.stack.name).join(', ');
    throw new UserError(`there are ${clones.length} clones ${name} (in stacks ${known}): choose by --stack`);
  }
  const { uri, clone, stack } = found!;
  const machines = new Machines(uri, context);
  const state = (await machines.states([clone])).get(clone);
  if (state === 'missing') {
    throw new UserError(`libvirt has no machine ${clone}: see what regraft plan says, and apply it`);
  }
  if (!isActive(state)) throw new UserError(`${clone} is ${state}: start it (regraft start ${clone})`);
  context.progress('done', stack.stack.name);
  const exitCode = await machines.console(clone);
  // virsh has said why, on the terminal that it was given.
  if (exitCode !== 0) throw new UserError(`the console of ${clone} ended: virsh ended with ${exitCode}`);
}
