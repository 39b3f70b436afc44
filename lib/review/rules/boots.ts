import { attachments } from '../attachments';
import type { Case } from '../case';
import { textAt } from '../values';
import type { VolumeIndex } from '../volumes';

/** Judges whether the machines that get a new system disk have a firmware that boots it; one finding a pool and base. */
export function judgeBoots(given: Case, index: VolumeIndex): void {
  const said = new Set<string>();
  for (const [address, role] of Object.entries(given.after.addresses)) {
    const change = given.change(address);
    if (role.role !== 'domain' || !change?.after) continue;
    // The volume that a machine boots from is its first disk.
    const [disk] = attachments(change, 'after', index);
    const overlay =
      disk?.volume.address === undefined ? undefined : given.after.addresses[disk.volume.address];
    if (overlay?.role !== 'overlay' || given.effect(disk!.volume.address) !== 'create') continue;
    const { host, base, volume } = overlay;
    const fact = given.boots.find((one) => one.host === host && one.base === base && one.volume === volume);
    const firmware = firmwareOf(change.after);
    const key = `${role.pool} ${host}/${base} ${firmware}`;
    if (!fact || fact.boots.includes(firmware) || said.has(key)) continue;
    said.add(key);
    given.report('RG346', {
      address,
      pool: role.pool,
      expected: `${volume} of base ${base} to boot by ${NAMES[firmware]}, which ${role.clone} has`,
      found: `only ${fact.boots.map((one) => NAMES[one]).join(' and ')} by its partition table`,
    });
  }
}

const NAMES = { bios: 'BIOS', uefi: 'UEFI' } as const;

/** Provider 0.8 has the loader in `firmware`, 0.9 in `os.loader`. */
function firmwareOf(values: unknown): 'bios' | 'uefi' {
  return (textAt(values, 'firmware') ?? textAt(values, 'os', 'loader')) === undefined ? 'bios' : 'uefi';
}
