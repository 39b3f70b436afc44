import { dirname } from 'node:path';
import { fileOfData } from '../model/manifest';
import { textAt } from '../review/values';
import type { Drift } from './drifts';
import { byGravity } from './drifts';
import type { CloneKey, Inventory } from './inventory';
import type { MachineView } from './machine';
import { diskPath } from './machine';

/** All ways in which a clone on the host is not what the state says. */
export function cloneDrift(inventory: Inventory, key: CloneKey, machine: MachineView): Drift[] {
  const onHost = inventory.host(key.host).facts
    ? [
        ...machineDrift(key, machine),
        ...diskDrift(inventory, key, machine),
        ...deletedFiles(inventory, key, machine),
      ]
    : [];
  const inStorage = inventory.knowsFiles(key.host)
    ? [...missingVolumes(inventory, key), ...unmanagedData(inventory, key), ...backingDrift(inventory, key)]
    : [];
  return byGravity([...onHost, ...inStorage, ...brokenObjects(inventory, key)]);
}

/** Objects that Terraform takes for broken, or that wait for their deletion. */
export function brokenObjects(inventory: Inventory, key: CloneKey): Drift[] {
  return inventory.of(key).flatMap(({ object }) => broken(object));
}

/** What Terraform's own marks on an object say. */
export function broken({
  address,
  tainted,
  deposed,
}: {
  readonly address: string;
  readonly tainted: boolean;
  readonly deposed?: string;
}): Drift[] {
  return [
    ...(tainted ? [{ kind: 'tainted' as const, address, text: `${address} is tainted` }] : []),
    ...(deposed === undefined
      ? []
      : [{ kind: 'deposed' as const, address, text: `${address} (deposed object ${deposed})` }]),
  ];
}

function machineDrift(key: CloneKey, { holding, domain, namesake }: MachineView): Drift[] {
  const found: Drift[] = [];
  if (namesake) {
    const text = `machine ${namesake.name} on host ${key.host} has the UUID ${namesake.uuid}, which is not the clone's`;
    found.push({ kind: 'other-machine', text });
  }
  if (holding && !domain) {
    const text = `it is in the state, but not on host ${key.host}`;
    found.push({ kind: 'machine-missing', address: holding.object.address, text });
  }
  if (!holding && domain) {
    const text = `it is on host ${key.host}, but not in the state`;
    found.push({ kind: 'machine-unmanaged', text });
  }
  return found;
}

/** The disks that libvirt has, against those that the state says. */
function diskDrift(
  inventory: Inventory,
  { host }: CloneKey,
  { holding, domain, stated }: MachineView,
): Drift[] {
  if (!holding || !domain) return [];
  const { address } = holding.object;
  const label = (path: string | undefined): string =>
    path === undefined ? 'empty' : inventory.label(host, path);
  const disks = domain.disks.filter(({ device }) => device === 'disk');
  const expected = new Map(stated.map(({ target, path }) => [target, path]));
  const found = disks.flatMap((disk): Drift[] => {
    const { target } = disk;
    const path = diskPath(disk);
    const wanted = expected.get(target);
    if (wanted === undefined) {
      const text = `${target} is ${label(path)}, the state has no disk ${target}`;
      return [{ kind: 'disk-attached', address, text }];
    }
    if (path === wanted) return [];
    const text = `${target} is ${label(path)}, expected ${label(wanted)}`;
    return [{ kind: 'other-file', address, text }];
  });
  const targets = new Set(disks.map(({ target }) => target));
  const gone = stated.filter(({ target }) => target !== undefined && !targets.has(target));
  return [
    ...found,
    ...gone.map(({ target, path }): Drift => {
      const text = `${target} is not there, expected ${label(path)}`;
      return { kind: 'disk-detached', address, text };
    }),
  ];
}

/** Files below a running machine that its storage pool does not have any more. */
function deletedFiles(inventory: Inventory, { host }: CloneKey, { domain }: MachineView): Drift[] {
  if (!domain?.running || !inventory.knowsFiles(host)) return [];
  const folder = inventory.manifest.hosts[host]?.path;
  const there = new Set(inventory.host(host).facts?.volumes.map(({ path }) => path));
  return domain.disks.flatMap((disk) =>
    [diskPath(disk), ...disk.backingChain].flatMap((file): Drift[] =>
      file === undefined || dirname(file) !== folder || there.has(file)
        ? []
        : [
            {
              kind: 'deleted-file',
              text: `${disk.target} needs ${inventory.label(host, file)}, which is deleted`,
            },
          ],
    ),
  );
}

function missingVolumes(inventory: Inventory, key: CloneKey): Drift[] {
  return inventory.of(key).flatMap(({ object, role, file }): Drift[] => {
    if (file === undefined || object.deposed !== undefined || inventory.volume(key.host, file)) return [];
    const text = inventory.absence(key.host, file);
    return [
      { kind: role.role === 'data' ? 'data-missing' : 'volume-missing', address: object.address, text },
    ];
  });
}

/** Data volumes that the manifest names and the state does not hold. */
function unmanagedData(inventory: Inventory, key: CloneKey): Drift[] {
  const { volumes = {}, domain } = inventory.manifest.pools[key.pool]?.clones[key.clone] ?? {};
  const own = inventory.of(key);
  const held = new Set(own.map(({ object }) => object.address));
  // A machine that was never made has no data that could be missing.
  const wasMade = domain !== undefined && held.has(domain);
  return Object.entries(volumes).flatMap(([volume, { type, address }]): Drift[] => {
    if (type !== 'data' || held.has(address)) return [];
    const role = inventory.manifest.addresses[address];
    const file = fileOfData(role?.role === 'data' ? role : { clone: key.clone, volume });
    if (inventory.volume(key.host, file)) {
      return [{ kind: 'data-unmanaged', address, text: `${file} is on host ${key.host}` }];
    }
    const text = `${file} is neither in the state nor on host ${key.host}`;
    return wasMade ? [{ kind: 'data-missing', address, text }] : [];
  });
}

/** Overlays that somebody rebased by hand. */
function backingDrift(inventory: Inventory, key: CloneKey): Drift[] {
  return inventory.of(key).flatMap(({ object, role, file }): Drift[] => {
    const fact = inventory.volume(key.host, file);
    const label = (path: string | undefined): string =>
      path === undefined ? 'no backing file' : inventory.label(key.host, path);
    const { attributes, address } = object;
    const expected = textAt(attributes, 'base_volume_id') ?? textAt(attributes, 'backing_store', 'path');
    if (!fact || expected === undefined || fact.backing === expected) return [];
    if (role.role !== 'overlay' && role.role !== 'retained') return [];
    const text = `${fact.name} is on ${label(fact.backing)}, expected ${label(expected)}`;
    return [{ kind: 'other-backing', address, text }];
  });
}
