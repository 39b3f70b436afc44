import { TerraformStack } from 'cdktf';
import { disksOf } from '../model/clone';
import { didYouMean, nameProblem } from '../model/names';
import { adoptedProblems } from './adopted-problems';
import type { AnyPool, AnyPoolProps } from './any-outline';
import type { CloneOverrides } from './clone-pool';
import { archivedDataProblems } from './archived-data';
import { healthProblems } from './health';
import { machineProblems } from './machine-props';
import { seedProblems, sizeProblems } from './volume-problems';

const MAC = /^[0-9a-f][02468ace](?::[0-9a-f]{2}){5}$/i;

/** What is wrong with a pool, one message each. */
export function poolProblems(pool: AnyPool, props: AnyPoolProps): string[] {
  const { name, base } = pool;
  const known = [...new Set([...props.clones, ...pool.retired])];
  return [
    ...present(nameProblem('pool', name)),
    ...[...new Set(props.clones)].flatMap((clone) => present(nameProblem('clone', clone))),
    ...pool.retired.flatMap((clone) => present(nameProblem('retired clone', clone))),
    ...duplicates(props.clones).map(
      (clone) => `pool ${name} names clone ${JSON.stringify(clone)} twice: name it once`,
    ),
    ...(TerraformStack.of(pool) === TerraformStack.of(base)
      ? []
      : [
          `pool ${name} and its base ${base.name} are in different stacks: refer to the base in the pool's stack with Base.existing`,
        ]),
    ...machineProblems(`pool ${name}`, props.machine),
    ...healthProblems(`pool ${name}`, props.health ?? [], props.machine),
    ...Object.entries(props.overrides ?? {}).flatMap(([clone, overrides]) =>
      known.includes(clone)
        ? overrideProblems(`clone ${clone}`, pool, overrides, props)
        : [
            `overrides of pool ${name} name ${JSON.stringify(clone)}, which is not in it: ${didYouMean(clone, known)}`,
          ],
    ),
    ...archivedDataProblems(pool, props),
    ...adoptedProblems(pool, props, known),
    ...duplicates(pool.openRebases.flatMap(({ movedClones }) => movedClones)).map(
      (clone) =>
        `clone ${clone} is in ${rebasesOf(pool, clone)}: a clone has one open rebase, promote or delete the others first`,
    ),
    ...diskProblems(pool),
  ];
}

function rebasesOf(pool: AnyPool, clone: string): string {
  const ids = pool.openRebases.filter((rebase) => rebase.moves(clone)).map(({ node }) => node.id);
  return `${ids.length} rebases (${ids.sort().join(', ')})`;
}

function overrideProblems(
  who: string,
  { base }: AnyPool,
  overrides: CloneOverrides,
  props: AnyPoolProps,
): string[] {
  const { vcpus = props.machine.vcpus, memory = props.machine.memory, mac, volumes = {} } = overrides;
  const unmentioned = overrides.vcpus === undefined && overrides.memory === undefined;
  return [
    ...(unmentioned ? [] : machineProblems(who, { vcpus, memory })),
    ...(mac === undefined || MAC.test(mac)
      ? []
      : [`${who}: mac is ${JSON.stringify(mac)}, expected a unicast address such as 52:54:00:12:34:56`]),
    ...(mac !== undefined && (props.machine.networks ?? []).length === 0
      ? [`${who} has a mac, but the pool's machines have no network: add one, or drop mac`]
      : []),
    ...Object.entries(volumes).flatMap(([volume, { type, spec }]) => [
      ...present(nameProblem('volume', volume)),
      ...(base.image.outline[volume]
        ? [`${who}: volume ${volume} is in the outline of base ${base.name} already: give it another name`]
        : []),
      // The types say so as well; a caller from JavaScript has only this.
      ...((type as string) === 'data'
        ? []
        : [
            `${who}: volume ${volume} is ${String(type)}, but a clone's own volumes are data volumes: put it into the base`,
          ]),
      ...sizeProblems(`${who}, volume ${volume}`, spec),
      ...seedProblems(`${who}, volume ${volume}`, spec),
    ]),
  ];
}

/** What libvirt or QEMU would refuse of a clone's disks when the machine is defined or started. */
function diskProblems(pool: AnyPool): string[] {
  return pool.members.flatMap((member) => {
    const clone = member.model();
    const disks = disksOf(clone);
    const { machineType } = clone.machine;
    // One letter a device is given here, and cloud-init's drive takes the next `sd`.
    const drives = disks.filter(({ target }) => target.startsWith('sd')).length + (clone.cloudInit ? 1 : 0);
    const crowded = drives > 26 || disks.some(({ target }) => target.charCodeAt(2) > 'z'.charCodeAt(0));
    const ide = /q35|^virt/.test(machineType) ? disks.find(({ bus }) => bus === 'ide') : undefined;
    return [
      ...(crowded
        ? [`clone ${member.name} has more than 26 disks on one bus: use fewer volumes or several buses`]
        : []),
      ...(ide
        ? [
            `clone ${member.name}: volume ${ide.volume} is on bus ide, which machine type ${machineType} lacks: use bus sata, or machineType 'pc'`,
          ]
        : []),
    ];
  });
}

function duplicates(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

function present(problem: string | undefined): string[] {
  return problem === undefined ? [] : [problem];
}
