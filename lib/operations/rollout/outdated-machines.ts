import { basename } from 'node:path';
import type { SynthesizedStack } from '../../tools/cdktf';
import { parseDomain } from '../../tools/libvirt-xml';
import type { Terraform } from '../../tools/terraform';
import type { State } from '../../tools/terraform-state';
import { parseState } from '../../tools/terraform-state';
import type { Context } from '../context';
import { readStack } from '../stacks';
import { plannedManifest } from './approved';
import { hostOf, rolloutHosts } from './rollout';
import type { Run } from './run';

/**
 * Has Terraform make machines anew that a killed run has defined on other volumes than the state says, as it does when
 * the state of before the kill was put back.
 *
 * Provider 0.8 would take the difference for an update of disks, report success and change nothing.
 *
 * @throws UserError when a host cannot be reached, or the state cannot be written
 */
export async function taintOutdated(
  run: Run,
  terraform: Terraform,
  stack: SynthesizedStack,
  context: Context,
): Promise<void> {
  const cut = Object.entries(run.record.clones).filter(([, { phase }]) => phase === 'applying');
  const text = cut.length === 0 ? undefined : await terraform.pullState(stack.folder);
  if (text === undefined) return;
  const state = parseState(text);
  const manifest = await plannedManifest(run.bundle);
  const hosts = rolloutHosts({ manifest }, await readStack(stack), context);
  for (const [, { pool, clone, host }] of cut) {
    const address = manifest.pools[pool]?.clones[clone]?.domain;
    if (address === undefined || manifest.hosts[host]?.provider !== '0.8') continue;
    const stored = storedDisks(state, address);
    const { machines } = hostOf({ hosts }, { host });
    if (stored === undefined || (await machines.states([clone])).get(clone) === 'missing') continue;
    if (stored === disksOf(await machines.definition(clone))) continue;
    context.progress(
      `have ${clone} made anew, which the killed run has defined on other volumes`,
      stack.name,
    );
    await terraform.taint(stack.folder, address);
  }
}

/** The files of a machine's disks as the state has them, in their order; `undefined` when there is nothing to compare. */
function storedDisks({ objects }: State, address: string): string | undefined {
  const found = objects.find((object) => object.address === address && object.deposed === undefined);
  const disks = found?.attributes['disk'];
  if (!Array.isArray(disks) || found!.tainted) return undefined;
  return namesOf((disks as { volume_id?: string }[]).map(({ volume_id: id = '' }) => id));
}

function disksOf(xml: string): string {
  const disks = parseDomain(xml).disks.filter(({ device }) => device === 'disk');
  return namesOf(
    disks.map(({ source }) => (source === undefined ? '' : 'path' in source ? source.path : source.volume)),
  );
}

function namesOf(paths: readonly string[]): string {
  return paths.map((path) => basename(path)).join(', ');
}
