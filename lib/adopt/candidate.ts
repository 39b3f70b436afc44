import type { BaseImage } from '../model/base';
import { disksOf } from '../model/clone';
import type { DefinedMachine } from '../model/defined-machine';
import type { HostDomain } from '../model/host-contents';
import { nameProblem } from '../model/names';
import type { Bus } from '../model/volume-type';
import type { HostIndex } from './host';
import type { AdoptGiven } from './proposal';
import type { VolumeFound } from './volume';
import { volumeOf } from './volume';

/** A machine that can become a clone. */
export interface Candidate {
  readonly domain: HostDomain;
  readonly defined: DefinedMachine;
  /** Its volumes by name, in the order of its disks. */
  readonly volumes: ReadonlyMap<string, VolumeFound>;
  readonly boot: string;
  readonly autostart: boolean;
}

/** The machine as a clone, or one line for each thing that stands in the way. */
export function candidateOf(given: AdoptGiven, index: HostIndex, domain: HostDomain): Candidate | string[] {
  const defined = given.machines.get(domain.uuid);
  if (!defined) return ['libvirt gives no definition of it: try again'];
  const reasons = [
    ...present(nameProblem('its name', domain.name)).map((text) => `${text} (virsh domrename)`),
    ...domain.kept.map(({ of }) => `it has ${of}, which it could not be brought back to any more`),
    ...lostParts(given, domain, defined),
    ...runsOtherwise(domain),
  ];
  const found = domain.disks
    .filter(({ device }) => device === 'disk')
    .map((disk) => volumeOf(index, domain, disk, disk.target === defined.boot));
  reasons.push(...found.flatMap((one) => (Array.isArray(one) ? one : [])));
  if (found.length === 0) reasons.push('it has no disk');
  if (reasons.length > 0) return reasons;

  const disks = found as VolumeFound[];
  const volumes = named(disks, defined.boot!);
  const boot = [...volumes].find(([, { target }]) => target === defined.boot)![0];
  const elsewhere = places(disks);
  if (elsewhere.length > 0) return elsewhere;
  const moved = deviceChanges(volumes, boot);
  if (moved.length > 0) return moved;
  return { domain, defined, volumes, boot, autostart: given.autostart.has(domain.name) };
}

function lostParts({ without }: AdoptGiven, { name }: HostDomain, { unmodelled }: DefinedMachine): string[] {
  return unmodelled
    .filter(({ element, lasting }) => lasting || !without.includes(element))
    .map(({ element, text, lasting }) => {
      if (element === 'cdrom' || element === 'floppy') {
        const [, target] = text.split(' ');
        return `it has a ${text}, which regraft does not define: take it out with "virsh detach-disk ${name} ${target} --config"`;
      }
      return lasting
        ? `it has ${text}, which regraft does not define`
        : `it has ${text}, which the next rebase would define it without: --without ${element} says that it may go`;
    });
}

function runsOtherwise({ running, disks, liveDisks }: HostDomain): string[] {
  const places = (list: HostDomain['disks']): string =>
    list
      .filter(({ device }) => device === 'disk')
      .map(({ target, path }) => `${target} ${path}`)
      .sort()
      .join();
  return running && places(disks) !== places(liveDisks)
    ? ['it runs on other disks than it is defined with: shut it down, or detach them']
    : [];
}

/** Names for the volumes: by what the files' own names say, else by the type; with the device where there are several. */
function named(disks: readonly VolumeFound[], boot: string): Map<string, VolumeFound> {
  const wanted = disks.map((disk): [string, VolumeFound] => [
    disk.target === boot ? 'root' : (disk.said ?? disk.type),
    disk,
  ]);
  const count = (name: string): number => wanted.filter(([one]) => one === name).length;
  return new Map(wanted.map(([name, disk]) => [count(name) > 1 ? `${name}-${disk.target}` : name, disk]));
}

function places(disks: readonly VolumeFound[]): string[] {
  const [first] = disks;
  return disks.flatMap(({ target, file, backing, type }) => [
    ...(file.pool === first!.file.pool
      ? []
      : [
          `${target} is in storage pool ${file.pool}, ${first!.target} in ${first!.file.pool}: the volumes of a clone are in one`,
        ]),
    ...(backing === undefined || type === 'data' || backing.file.pool === file.pool
      ? []
      : [
          `${target} is in storage pool ${file.pool}, and what it stands on, ${backing.file.path}, ${backing.file.pool === undefined ? 'in none' : `in ${backing.file.pool}`}: both have to be in one`,
        ]),
  ]);
}

/** Devices that regraft would name otherwise: it orders them system, temporary, data, each by name. */
function deviceChanges(volumes: ReadonlyMap<string, VolumeFound>, boot: string): string[] {
  const outline = Object.fromEntries([...volumes].map(([name, { type, bus }]) => [name, { type, bus }]));
  const base: BaseImage = {
    ...{ name: '', origins: {}, seeds: {}, imageSizes: {}, retired: false },
    outline: outline as Record<string, { type: VolumeFound['type']; bus: Bus }>,
    boot,
  };
  return disksOf({ base, data: [] }).flatMap(({ volume, target }) => {
    const now = volumes.get(volume)!.target;
    return now === target
      ? []
      : [
          `${now} (${volume}) would be ${target}: regraft gives devices to system, temporary and data volumes in this order`,
        ];
  });
}

function present(problem: string | undefined): string[] {
  return problem === undefined ? [] : [problem];
}
