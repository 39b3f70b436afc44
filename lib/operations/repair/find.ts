import type { Manifest, ManifestHost } from '../../model/manifest';
import { UserError } from '../../model/user-error';
import type { RepairGiven, RepairHost, RepairPlan, VolumeContent } from '../../review/repair';
import { contentKey, planRepair } from '../../review/repair';
import { Machines } from '../../tools/machines';
import type { Surroundings } from '../../tools/process';
import { Virsh } from '../../tools/virsh';
import type { Context } from '../context';
import { hostFacts } from '../facts';
import { reachAll } from '../hosts';
import { contentOf } from './content';
import type { RepairStack } from './stack';
import { declaredVolumes } from './stack';

/** What is to be repaired of a stack. */
export interface FoundRepair extends Pick<RepairPlan, 'steps'> {
  readonly stack: RepairStack;
}

/**
 * Looks at the state and at libvirt, and plans what mends what a killed run has left; nothing is changed.
 *
 * @throws UserError when a host cannot be reached
 */
export async function findRepair(stack: RepairStack, context: Context): Promise<FoundRepair> {
  const { wanted, applied, content, state } = stack;
  context.progress('look for what is left', stack.stack.name);
  const hosts: Manifest['hosts'] = { ...applied?.hosts, ...wanted?.hosts };
  const uris = reachAll(hosts, content);
  const given: RepairGiven = {
    ...(wanted ? { wanted } : {}),
    ...(applied ? { applied } : {}),
    objects: state?.objects ?? [],
    declared: declaredVolumes(content),
    hosts: await Promise.all(
      Object.entries(hosts).map(([name, host]) => repairHost(name, host, uris.get(name)!, context)),
    ),
  };
  const contents: Record<string, VolumeContent> = {};
  for (;;) {
    const { steps, questions } = planRepair({ ...given, contents });
    if (questions.length === 0) return { stack, steps };
    // An answer may lead to the next question: what is not its image may be blank.
    for (const question of questions) {
      context.progress(`read ${question.file}`, stack.stack.name);
      const key = contentKey(question);
      const uri = uris.get(question.host)!;
      contents[key] = { ...contents[key], ...(await contentOf(question, stack, uri, context)) };
    }
  }
}

async function repairHost(
  name: string,
  host: ManifestHost,
  uri: string,
  surroundings: Surroundings,
): Promise<RepairHost> {
  const virsh = new Virsh(uri, surroundings);
  try {
    const [facts, storage, backings] = await Promise.all([
      hostFacts(name, host, virsh),
      virsh.storagePool(host.storage),
      virsh.backingsOutside(host.storage),
    ]);
    const conditions = await new Machines(uri, surroundings).conditions(
      facts.domains.map((domain) => domain.name),
    );
    return {
      ...facts,
      ...(storage ? { storage } : {}),
      backings,
      conditions: Object.fromEntries(conditions),
    };
  } catch (error) {
    if (error instanceof UserError)
      throw new UserError(`libvirt on host ${name} is not reachable: ${error.message}`, error.detail);
    throw error;
  }
}
