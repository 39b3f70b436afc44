import { posix } from 'node:path';
import type { BaseLayer, HostBases, LayerDependent } from './report';
import { machineNames } from './reporters/terminal';
import { isDeletable } from './superseded';

/** What is to be deleted of a base on a host, and all that stands against it. */
export interface BaseDeletion {
  readonly host: string;
  readonly base: string;
  /** The volumes that are there. */
  readonly volumes: readonly BaseLayer[];
  /** Why it is refused, one sentence each; none when it is not. */
  readonly refusals: readonly string[];
  /** Bytes. */
  readonly frees: number;
}

/** Judges the deletion of a base that Terraform does not manage: it must be out of use, regraft's own, and below nothing. */
export function deletionOf({ host, bases, unknown }: HostBases, base: string): BaseDeletion {
  const volumes = bases.filter((one) => one.base === base && !one.missing);
  const refusals = [
    ...new Set(volumes.flatMap((volume) => declarationRefusals(volume))),
    ...volumes.flatMap((volume) => [
      ...fileRefusals(volume),
      ...volume.dependents.map((one) => dependentText(volume, one)),
    ]),
    ...unknown.map((text) => `${text}; something there may stand on base ${base}`),
  ];
  return {
    host,
    base,
    volumes,
    refusals,
    frees: volumes.reduce((sum, { allocated = 0 }) => sum + allocated, 0),
  };
}

function declarationRefusals({ base, declared, usedBy }: BaseLayer): string[] {
  return [
    ...declared
      .filter(({ managed }) => managed)
      .map(
        ({ stack }) =>
          `base ${base} is in the Terraform state of stack ${stack}: retire it in the code, apply, drop it from the code and apply again`,
      ),
    ...declared
      .filter(({ managed, retired }) => !managed && !retired)
      .map(
        ({ stack }) =>
          `base ${base} is declared by stack ${stack} and not retired in both its code and its state: say retired: true (or drop it from the code), then regraft apply`,
      ),
    ...usedBy.map((pool) => `base ${base} is the base of clones of pool ${pool}: move them first`),
  ];
}

function fileRefusals(volume: BaseLayer): string[] {
  const { path, base, volume: name, mode, otherNames, pool } = volume;
  return [
    ...(isDeletable(volume) && pool !== undefined
      ? []
      : [
          `${path} has mode ${mode ?? 'unknown'}, expected 0444 and the name ${base}.${name}.base.qcow2, as regraft makes base volumes: delete it yourself (virsh vol-delete) if nobody needs it`,
        ]),
    ...otherNames.map((other) => `${posix.basename(path)} is also ${other}: remove that name first`),
  ];
}

/** A dependent in one line, named by its file and its machines. */
export function dependentText({ path: base }: BaseLayer, dependent: LayerDependent): string {
  const { path, kind, owner, machines } = dependent;
  const file = posix.basename(base);
  const on = machineNames({ machines }).join(', ');
  if (path === base) return `${file} is right below ${on}`;
  const whose = owner === undefined ? (kind === 'orphan' ? 'an orphan' : 'of other origin') : `of ${owner}`;
  return `${file} is below ${path}, ${whose}${on === '' ? ', no machine is on it' : `, ${on}`}`;
}
