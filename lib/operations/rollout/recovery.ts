import type { SynthesizedStack } from '../../tools/cdktf';
import { parseDomain } from '../../tools/libvirt-xml';
import { isActive } from '../../tools/machines';
import { Virsh } from '../../tools/virsh';
import type { Context } from '../context';
import { startMachines } from '../power/start';
import { readStack } from '../stacks';
import { plannedManifest } from './approved';
import { STARTS_AT_ONCE } from './options';
import { proveAfter } from './proof';
import type { Rollout, RolloutClone } from './rollout';
import { byHost, enter, hostOf, rolloutHosts } from './rollout';
import type { Run } from './run';

/**
 * After an apply that failed: machines that it undefined and did not define again get the definition that they had,
 * and what ran before is started, where all of its disks are there.
 *
 * @throws UserError when a data volume is not what it was; then nothing is started
 */
export async function recover(
  rollout: Rollout,
  clones: readonly RolloutClone[],
  files: ReadonlyMap<string, string>,
): Promise<void> {
  await defineMissing(rollout, clones);
  await proveAfter(rollout, clones, files);
  await Promise.all(
    [...byHost(clones.filter(({ key }) => rollout.run.clone(key)?.ran))].map(async ([, some]) => {
      const { machines } = hostOf(rollout, some[0]!);
      const whole: RolloutClone[] = [];
      for (const clone of some) if (await hasAllDisks(rollout, clone)) whole.push(clone);
      const names = whole.map(({ clone }) => clone);
      await startMachines(machines, names, { atOnce: STARTS_AT_ONCE }, () => undefined);
    }),
  );
  for (const clone of clones) await enter(rollout, clone, 'waiting');
}

/** Defines machines that libvirt has no more as they were before this run. */
export async function defineMissing(
  rollout: Pick<Rollout, 'hosts' | 'run'>,
  clones: readonly Pick<RolloutClone, 'key' | 'clone' | 'host' | 'after'>[],
): Promise<void> {
  for (const [, some] of byHost(clones)) {
    const { machines } = hostOf(rollout, some[0]!);
    const states = await machines.states(some.map(({ clone }) => clone));
    for (const clone of some) {
      // One that leaves its pool is gone for good.
      if (!clone.after || states.get(clone.clone) !== 'missing') continue;
      const xml = await rollout.run.keptDefinition(clone.key);
      if (xml !== undefined) await machines.define(xml);
    }
  }
}

/**
 * Defines machines as they were that a killed run has left undefined, before a plan that takes its place is made.
 *
 * Provider 0.9 updates a machine by undefining it, and would give one that it makes anew another UUID.
 *
 * @param created the clones, as `POOL/CLONE`, whose machines an approved plan makes already
 * @throws UserError when a host cannot be reached
 */
export async function bringBack(
  run: Run,
  stack: SynthesizedStack,
  context: Context,
  created: ReadonlySet<string> = new Set(),
): Promise<void> {
  const cut = Object.entries(run.record.clones).filter(
    ([key, { phase }]) => phase === 'applying' && !created.has(key),
  );
  if (cut.length === 0) return;
  const manifest = await plannedManifest(run.bundle);
  const clones = cut.flatMap(([key, { pool, clone, host }]) => {
    const after = manifest.pools[pool]?.clones[clone];
    return after && manifest.hosts[host]?.provider === '0.9' ? [{ key, clone, host, after }] : [];
  });
  const hosts = rolloutHosts({ manifest }, await readStack(stack), context);
  await defineMissing({ run, hosts }, clones);
}

/** Whether a machine is off and each of its disks is there: on another file it must not be started. */
async function hasAllDisks(rollout: Rollout, clone: RolloutClone): Promise<boolean> {
  const { machines, uri } = hostOf(rollout, clone);
  if (isActive((await machines.states([clone.clone])).get(clone.clone))) return false;
  const xml = await machines.definition(clone.clone).catch(() => undefined);
  if (xml === undefined) return false;
  const sources = parseDomain(xml).disks.flatMap(({ source }) => (source === undefined ? [] : [source]));
  const found = await new Virsh(uri, rollout.context).lookUp(
    sources.map((source) =>
      'path' in source ? { path: source.path } : { pool: source.pool, name: source.volume },
    ),
  );
  return found.every((volume) => volume !== undefined);
}
