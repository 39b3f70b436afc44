import { UserError } from '../model/user-error';
import type { Surroundings } from '../tools/process';
import { Machines } from '../tools/machines';
import { Virsh } from '../tools/virsh';
import { Volumes } from '../tools/volumes';
import type { Context } from './context';
import type { FleetClone } from './fleet';
import type { ChosenHost, MachineChoice } from './power/chosen';
import { byHost, chosenClones } from './power/chosen';
import type { Owner } from './power/own-disks';
import { filesInPool, refuseForeignDisks } from './power/own-disks';
import { patiently } from './power/patience';
import { startMachines } from './power/start';

/** What became of a machine that was to be started. */
export interface StartResult {
  readonly stack: string;
  readonly pool: string;
  readonly clone: string;
  readonly host: string;
  /** Whether it is on. */
  readonly done: boolean;
  /** `refused` when one of its disks is not there or not its own. */
  readonly outcome: 'started' | 'was-on' | 'refused' | 'failed';
  readonly why?: string;
  /** How long the start took, in seconds. */
  readonly seconds: number;
}

type Interim = Pick<StartResult, 'outcome' | 'why' | 'seconds'>;

/** How many machines are started at a time. */
const AT_ONCE = 8;

/**
 * Starts machines, each only on volumes that are its own.
 *
 * @throws UserError when the choice or the state is at fault; nothing was done then
 */
export async function start(choice: MachineChoice, context: Context): Promise<StartResult[]> {
  const clones = await chosenClones(choice, context);
  const surroundings: Surroundings = { env: context.env };
  let on = 0;
  context.progress(`start ${clones.length} machines`);
  const results = new Map<FleetClone, Interim>();
  await Promise.all(
    byHost(clones).map(async (host) => {
      const outcomes = await startHost(host, context, surroundings, () =>
        context.progress(`${++on} of ${clones.length} machines on`),
      );
      for (const clone of host.clones) results.set(clone, outcomes(clone));
    }),
  );
  return clones.map((clone) => {
    const interim = results.get(clone)!;
    const { stack, pool, host } = clone;
    const done = interim.outcome === 'started' || interim.outcome === 'was-on';
    return { stack: stack.stack.name, pool, clone: clone.clone, host, done, ...interim };
  });
}

async function startHost(
  host: ChosenHost,
  { signal }: Context,
  surroundings: Surroundings,
  onStarted: () => void,
): Promise<(clone: FleetClone) => Interim> {
  try {
    const refused = await refusedOf(host, surroundings);
    const names = host.clones.filter((clone) => !refused.has(clone)).map(({ clone }) => clone);
    const machines = new Machines(host.uri, surroundings);
    const asked = new Set<string>();
    const options = { atOnce: AT_ONCE, ...(signal ? { signal } : {}) };
    const started = await startMachines(machines, names, options, (machine, phase) => {
      if (phase === 'starting') asked.add(machine);
      if (phase === 'started') onStarted();
    });
    return (clone) => {
      const why = refused.get(clone);
      if (why !== undefined) return { outcome: 'refused', why, seconds: 0 };
      const { started: isOn, ...others } = started.get(clone.clone)!;
      return { outcome: !isOn ? 'failed' : asked.has(clone.clone) ? 'started' : 'was-on', ...others };
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return () => ({ outcome: 'failed', why: error.message, seconds: 0 });
  }
}

/** The machines that are off and must stay so, and why. */
async function refusedOf(
  { uri, storage, clones }: ChosenHost,
  surroundings: Surroundings,
): Promise<Map<FleetClone, string>> {
  const domains = await patiently(() => new Virsh(uri, surroundings).domains());
  const off = clones.flatMap((clone) => {
    const domain = domains.find(({ name }) => name === clone.clone);
    return domain === undefined || domain.running ? [] : [{ clone, domain, owner: ownerOf(clone) }];
  });
  const files = [...new Set(off.flatMap(({ owner, domain }) => filesInPool(owner, domain)))];
  const facts = await patiently(() => new Volumes(uri, storage, surroundings).facts(files));
  const present = new Set(files.filter((_, index) => facts[index] !== undefined));
  const refused = new Map<FleetClone, string>();
  for (const { clone, domain, owner } of off) {
    try {
      refuseForeignDisks(owner, domain, (file) => present.has(file));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refused.set(clone, error.message);
    }
  }
  return refused;
}

function ownerOf({ pool, clone, storage, host, stack }: FleetClone): Owner {
  return { pool, clone, storage, folder: stack.manifest.hosts[host]!.path, state: stack.state };
}
