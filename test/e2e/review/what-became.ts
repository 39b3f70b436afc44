import type { BaseReview, CloneReview, Fate, MachineFate, RetainedReview, Review } from '../../../lib/review';
import type { FileState, HostState } from './disk';

/** What became of a volume: what a review says of it, as far as it shows on the host. */
export interface VolumeOutcome {
  readonly fate: Fate;
  /** The file of the machine, or of a retired clone, before and after. */
  readonly before?: string | undefined;
  readonly after?: string | undefined;
  readonly retained?:
    { readonly fate: RetainedReview['fate']; readonly file?: string | undefined } | undefined;
}

/**
 * What became of a machine. Whether Terraform recreated or redefined it makes no difference to libvirt: provider 0.9, too,
 * undefines a machine for a moment when it updates it.
 */
export type MachineOutcome = Exclude<MachineFate, 'redefined' | 'recreated'> | 'defined anew';

/** What became of a clone. */
export interface CloneOutcome {
  readonly machine: MachineOutcome;
  /** Whether it ran before; a retired clone has nothing that could. */
  readonly running?: boolean | undefined;
  readonly volumes: Readonly<Record<string, VolumeOutcome>>;
}

/** What became of everything on a host. */
export interface Outcome {
  readonly clones: Readonly<Record<string, CloneOutcome>>;
  readonly bases: Readonly<Record<string, BaseReview['fate']>>;
}

/** What a review says will become of everything, for a comparison with what did. */
export function foretold({ pools, bases }: Review): Outcome {
  const clones = pools
    .flatMap((pool) => pool.clones)
    .map((clone) => [clone.clone, foretoldOf(clone)] as const);
  return {
    clones: Object.fromEntries(clones),
    bases: Object.fromEntries(bases.map(({ base, volume, fate }) => [`${base}.${volume}`, fate])),
  };
}

function foretoldOf({ machine, volumes }: CloneReview): CloneOutcome {
  return {
    machine: machineOutcome(machine.fate),
    running: machine.running,
    volumes: Object.fromEntries(
      volumes.map(({ volume, fate, before, after, retained }) => [
        volume,
        {
          fate,
          before: before?.file,
          after: after?.file,
          retained: retained && { fate: retained.fate, file: retained.file },
        },
      ]),
    ),
  };
}

/** What shows of a machine's fate on the host. */
export function machineOutcome(fate: MachineFate): MachineOutcome {
  return fate === 'redefined' || fate === 'recreated' ? 'defined anew' : fate;
}

/**
 * What became of everything, told from the host before and after.
 *
 * @param undefinedMachines the machines that libvirt forgot at any time in between
 */
export function whatBecame(
  before: HostState,
  after: HostState,
  undefinedMachines: ReadonlySet<string>,
): Outcome {
  const names = [...new Set([...before.files.keys(), ...after.files.keys()])].map((name) => name.split('.'));
  const owners = (kind: (parts: string[]) => boolean): string[] => [
    ...new Set(names.filter(kind).map(([owner, volume]) => `${owner}.${volume}`)),
  ];
  const isBase = ([, , kind]: string[]): boolean => kind === 'base';
  const bases = owners(isBase).map((owner) => {
    const file = `${owner}.base.qcow2`;
    return [owner, baseFate(before.files.get(file), after.files.get(file))] as const;
  });
  const clones: Record<
    string,
    { machine: MachineOutcome; running?: boolean; volumes: Record<string, VolumeOutcome> }
  > = {};
  for (const owner of owners((parts) => !isBase(parts))) {
    const [clone, volume] = owner.split('.') as [string, string];
    const machine = machineFate(before, after, clone, undefinedMachines);
    clones[clone] ??= {
      machine,
      ...(machine === 'none' ? {} : { running: before.machines.get(clone)?.running ?? false }),
      volumes: {},
    };
    const isData = names.some(([name, of, kind]) => name === clone && of === volume && kind === 'data');
    const outcome = isData ? dataOutcome : overlayOutcome;
    clones[clone].volumes[volume] = outcome(before, after, clone, volume);
  }
  return { clones, bases: Object.fromEntries(bases) };
}

function machineFate(
  { machines: before }: HostState,
  { machines: after }: HostState,
  clone: string,
  undefinedMachines: ReadonlySet<string>,
): MachineOutcome {
  const [was, is] = [before.get(clone), after.get(clone)];
  if (!was) return is ? 'created' : 'none';
  if (!is) return 'removed';
  if (was.uuid !== is.uuid) throw new Error(`the UUID of ${clone} was ${was.uuid} and is ${is.uuid}`);
  return was.xml === is.xml && !undefinedMachines.has(clone) ? 'unchanged' : 'defined anew';
}

function dataOutcome(before: HostState, after: HostState, clone: string, volume: string): VolumeOutcome {
  const file = `${clone}.${volume}.data.qcow2`;
  const [was, is] = [before.files.get(file), after.files.get(file)];
  const isUsed = after.machines.get(clone)?.files.includes(file);
  const found = { before: was && file, after: is && file };
  if (!was) return { fate: isUsed ? 'created' : 'unknown', ...found };
  if (!is) return { fate: 'purged', ...found };
  if (!same(was, is)) return { fate: 'endangered', ...found };
  return { fate: isUsed ? 'kept' : 'archived', ...found };
}

function overlayOutcome(before: HostState, after: HostState, clone: string, volume: string): VolumeOutcome {
  const own = (host: HostState): string[] =>
    [...host.files.keys()].filter((name) => name.startsWith(`${clone}.${volume}.`));
  const used = (host: HostState): string | undefined =>
    host.machines.get(clone)?.files.find((name) => own(host).includes(name));
  const [was, is] = [used(before), used(after)];
  const spare = own(after).filter((name) => name !== is);
  const dropped = own(before).filter((name) => name !== was && name !== is && !after.files.has(name));
  const [file, ...more] = [...spare, ...dropped];
  if (more.length > 0) throw new Error(`${clone} had or has more than one spare ${volume}: ${file}, ${more}`);
  return {
    fate: overlayFate(before, after, was, is, volume === 'scratch' ? 'reset' : 'replaced'),
    before: was,
    after: is,
    ...(file === undefined
      ? {}
      : { retained: { fate: spare.length === 0 ? 'discarded' : spareFate(before, after, file), file } }),
  };
}

function overlayFate(
  before: HostState,
  after: HostState,
  was: string | undefined,
  is: string | undefined,
  anew: 'replaced' | 'reset',
): Fate {
  if (is === undefined) return was !== undefined && !after.files.has(was) ? 'discarded' : 'unknown';
  const earlier = before.files.get(is);
  if (was === undefined) return earlier ? 'adopted' : 'created';
  if (!earlier) return anew;
  if (!same(earlier, after.files.get(is)!)) return was === is ? anew : 'endangered';
  return was === is ? 'kept' : 'reverted';
}

/** The fate of an overlay that no machine uses: it is worth something only with the bytes that a machine left on it. */
function spareFate(before: HostState, after: HostState, file: string): 'retained' | 'endangered' {
  const earlier = before.files.get(file);
  return earlier && same(earlier, after.files.get(file)!) ? 'retained' : 'endangered';
}

function baseFate(was: FileState | undefined, is: FileState | undefined): BaseReview['fate'] {
  if (!was) return 'created';
  if (!is) return 'deleted';
  return same(was, is) ? 'kept' : 'endangered';
}

function same(one: FileState, other: FileState): boolean {
  return one.inode === other.inode && one.digest === other.digest;
}
