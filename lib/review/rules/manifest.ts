import type { AddressBook } from '../../dialects/address-book';
import { addressBooks } from '../../dialects/address-book';
import { dataKey } from '../../model/file-names';
import type { AddressRole, Manifest, ManifestClone, ManifestPool } from '../../model/manifest';
import type { Case } from '../case';

/** Judges whether the manifests, by which all else is judged, agree with themselves. */
export function judgeManifests(given: Case): void {
  const { before, after } = given;
  for (const [when, manifest] of [
    ['before', before],
    ['after', after],
  ] as const) {
    if (!manifest) continue;
    for (const { address, expected, found } of contradictions(manifest)) {
      given.report('RG105', {
        ...(address === undefined ? {} : { address }),
        expected: `${when} the plan: ${expected}`,
        found,
      });
    }
  }
}

interface Contradiction {
  readonly address?: string;
  readonly expected: string;
  readonly found: string;
}

function contradictions(manifest: Manifest): Contradiction[] {
  return [
    ...Object.entries(manifest.addresses).flatMap(([address, role]) => ofAddress(manifest, address, role)),
    ...Object.entries(manifest.pools).flatMap(([name, pool]) =>
      Object.entries(pool.clones).flatMap(([clone, entry]) => ofClone(manifest, name, pool, clone, entry)),
    ),
    ...manifest.rebases.flatMap((plan) =>
      manifest.pools[plan.pool] ? [] : [{ expected: `pool ${plan.pool} of a rebase`, found: 'no such pool' }],
    ),
  ];
}

function ofAddress(manifest: Manifest, address: string, role: AddressRole): Contradiction[] {
  const expected = addressOf(manifest, role);
  const wrong: Contradiction[] = [];
  if (expected !== undefined && expected !== address) {
    wrong.push({ address, expected: `${role.role} stands at ${expected}`, found: `it stands at ${address}` });
  }
  if (!('pool' in role)) return wrong;
  const pool = manifest.pools[role.pool];
  const clone = pool?.clones[role.clone];
  if (role.role === 'archived') {
    if (!pool?.retired.includes(role.clone) || clone) {
      wrong.push({
        address,
        expected: `clone ${role.clone} in retired of pool ${role.pool}, since its volume is archived`,
        found: 'it is not',
      });
    }
  } else if (!clone) {
    wrong.push({ address, expected: `clone ${role.clone} in pool ${role.pool}`, found: 'no such clone' });
  } else if (role.role === 'retained' && clone.retainedBase !== role.base) {
    wrong.push({ address, expected: `retained base ${role.base}`, found: clone.retainedBase ?? 'none' });
  } else if (
    (role.role === 'data' || role.role === 'overlay') &&
    clone.volumes[role.volume]?.address !== address
  ) {
    wrong.push({
      address,
      expected: `volume ${role.volume} of clone ${role.clone} at this address`,
      found: clone.volumes[role.volume]?.address ?? 'none',
    });
  }
  return wrong;
}

function ofClone(
  manifest: Manifest,
  name: string,
  pool: ManifestPool,
  clone: string,
  entry: ManifestClone,
): Contradiction[] {
  const wrong: Contradiction[] = [];
  const machine = bookOf(manifest, pool.host).domain(name, clone);
  if (entry.domain !== machine)
    wrong.push({ address: entry.domain, expected: `the machine at ${machine}`, found: entry.domain });
  if (pool.retired.includes(clone))
    wrong.push({ expected: `clone ${clone} in the pool or in retired`, found: 'it is in both' });
  const targets = Object.values(entry.volumes).map(({ target }) => target);
  if (new Set(targets).size < targets.length)
    wrong.push({
      expected: `each volume of clone ${clone} on a device of its own`,
      found: targets.join(', '),
    });
  for (const [volume, { type, address }] of Object.entries(entry.volumes)) {
    const role = manifest.addresses[address];
    const fits =
      role !== undefined &&
      (role.role === 'data' || role.role === 'overlay') &&
      role.host === pool.host &&
      role.pool === name &&
      role.clone === clone &&
      role.volume === volume &&
      role.type === type &&
      (!('base' in role) || role.base === entry.base);
    if (!fits)
      wrong.push({
        address,
        expected: `the ${type} volume ${volume} of clone ${clone} on ${entry.base}`,
        found: JSON.stringify(role ?? 'nothing'),
      });
  }
  return [...wrong, ...ofRebase(manifest, name, pool, clone, entry)];
}

function ofRebase(
  manifest: Manifest,
  name: string,
  pool: ManifestPool,
  clone: string,
  entry: ManifestClone,
): Contradiction[] {
  const plans = manifest.rebases.filter(
    (plan) => plan.pool === name && plan.clones.some((one) => one.clone === clone && one.rebased),
  );
  if (plans.length > 1)
    return [{ expected: `at most one rebase of clone ${clone}`, found: `${plans.length}` }];
  const [plan] = plans;
  const base = plan?.to ?? pool.base;
  const retained = plan?.retain ? plan.from : undefined;
  if (entry.base !== base) return [{ expected: `clone ${clone} on base ${base}`, found: entry.base }];
  if (entry.retainedBase !== retained) {
    return [
      {
        expected: `clone ${clone} retaining ${retained ?? 'no base'}`,
        found: entry.retainedBase ?? 'no base',
      },
    ];
  }
  const planned = plan?.clones
    .find((one) => one.clone === clone)
    ?.volumes.map(({ volume, type }) => `${volume}: ${type}`);
  const volumes = Object.entries(entry.volumes).map(([volume, { type }]) => `${volume}: ${type}`);
  if (planned && planned.sort().join() !== volumes.sort().join()) {
    return [
      {
        expected: `the volumes of clone ${clone} that the rebase plans: ${planned.join(', ')}`,
        found: volumes.join(', '),
      },
    ];
  }
  return [];
}

/** Where the naming rules put a role; `undefined` for what has no rule of its own. */
function addressOf(manifest: Manifest, role: AddressRole): string | undefined {
  const book = bookOf(manifest, role.host);
  switch (role.role) {
    case 'base':
      return book.base(role.host, { name: role.base, retired: role.retired }, role.volume);
    case 'overlay':
    case 'retained':
      return book.overlay(role.pool, role.clone, { volume: role.volume, base: { name: role.base } });
    case 'data':
      return book.data(role.host, dataKey(role.pool, role.clone, role.volume));
    case 'archived':
      return book.archived(role.host, dataKey(role.pool, role.clone, role.volume));
    case 'domain':
      return book.domain(role.pool, role.clone);
    case 'storage':
      return book.storage(role.host, manifest.hosts[role.host]?.storage ?? '');
    case 'trigger':
    case 'cloud-init':
      return undefined;
  }
}

function bookOf({ hosts }: Manifest, host: string): AddressBook {
  return addressBooks[hosts[host]?.provider ?? '0.9'];
}
