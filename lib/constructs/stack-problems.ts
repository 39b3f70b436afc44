import type { ProviderGeneration } from '../model/host';
import type { LibvirtHost } from './libvirt-host';

/**
 * The most clones that one Terraform stack may hold: beyond, plans become slow and one mistake reaches too far. By
 * provider dmacvicar/libvirt a clone is some ten resources, by regraft's own it is one.
 */
export const MAX_CLONES_PER_STACK: Readonly<Record<ProviderGeneration, number>> = {
  '0.8': 100,
  '0.9': 100,
  regraft: 1000,
};

/** What is wrong with a stack as a whole, one message each. */
export function stackProblems(stack: string, hosts: readonly LibvirtHost[]): string[] {
  const pools = hosts.flatMap((host) => host.allPools);
  const clones = pools.reduce((sum, { members }) => sum + members.length, 0);
  const most = Math.min(...hosts.map(({ model }) => MAX_CLONES_PER_STACK[model.generation]));
  const names = [...new Set(hosts.map(({ dialect }) => dialect.providerName))];
  const versions = names.map((name) => {
    const own = hosts.filter(({ dialect }) => dialect.providerName === name);
    return [...new Set(own.map(({ providerVersion }) => providerVersion))];
  });
  return [
    ...(clones > most
      ? [
          `stack ${stack} has ${clones} clones, more than ${most}: put some pools into another stack, which refers to the same host with storage.existing and to its bases with Base.existing`,
        ]
      : []),
    ...versions
      .filter((own) => own.length > 1)
      .map(
        (own) =>
          `stack ${stack} uses providers ${own.join(' and ')}: Terraform takes one version a stack, put the hosts into different stacks`,
      ),
    ...repeated(hosts.map(({ model }) => model.name)).map(
      (name) => `stack ${stack} has two hosts ${name}: give them different names`,
    ),
    ...repeated(pools.map(({ name }) => name)).map(
      (name) =>
        `stack ${stack} has two pools ${name}: pools have different names, since addresses contain them`,
    ),
    ...hosts.flatMap(hostProblems),
    ...hosts.flatMap(sharedProblems),
  ];
}

function hostProblems(host: LibvirtHost): string[] {
  const { name } = host.model;
  const { clones } = host.contents();
  const owners = new Map<string, string[]>();
  for (const { name: clone, macs } of clones) {
    for (const mac of macs) owners.set(mac, [...(owners.get(mac) ?? []), clone]);
  }
  const poolsOf = (clone: string): string =>
    host.allPools
      .filter((pool) => pool.members.some((member) => member.name === clone) || pool.retired.includes(clone))
      .map((pool) => pool.name)
      .join(' and ');
  const names = host.allPools.flatMap((pool) => [
    ...pool.members.map((member) => member.name),
    ...pool.retired,
  ]);
  return [
    ...repeated(host.allBases.map((base) => base.name)).map(
      (base) => `host ${name} has two bases ${base}: give them different names`,
    ),
    ...repeated(names).map(
      (clone) =>
        `host ${name} has two clones ${clone}, in pools ${poolsOf(clone)}: machines of a host have different names`,
    ),
    ...[...owners]
      .filter(([, users]) => users.length > 1)
      .map(
        ([mac, users]) =>
          `host ${name}: clones ${users.join(' and ')} have the same MAC address ${mac}: set mac in the overrides of one`,
      ),
  ];
}

/** Files and UUIDs that two clones of a host would share. */
function sharedProblems(host: LibvirtHost): string[] {
  const { name } = host.model;
  const { clones, archived } = host.contents();
  const files = [...clones.flatMap(({ data }) => data), ...archived].flatMap(({ adopted }) =>
    adopted ? [adopted.file] : [],
  );
  return [
    ...repeated(files).map(
      (file) => `host ${name}: ${file} is the file of two data volumes: a data volume has one of its own`,
    ),
    ...repeated(clones.map(({ uuid }) => uuid)).map(
      (uuid) => `host ${name}: two clones have the UUID ${uuid}: see "virsh list --all --uuid --name"`,
    ),
  ];
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
