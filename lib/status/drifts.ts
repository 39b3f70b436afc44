/** Every kind of drift, the gravest first: what it is, and what to do about it. */
export const DRIFTS = {
  'data-missing': {
    grave: true,
    title: 'a data volume is missing',
    next: 'bring the file back before anything is applied: Terraform would make an empty one in its place',
  },
  'base-missing': {
    grave: true,
    title: 'a base volume is missing',
    next: 'bring the file back: every overlay on it is unreadable without it',
  },
  'deleted-file': {
    grave: true,
    title: 'a running machine is on a deleted file',
    next: 'save what matters from inside the guest: the bytes go with its next shutdown',
  },
  'other-file': {
    grave: true,
    title: 'a machine is defined on another file than the state says',
    next: 'look at who changed it; the next apply puts it back onto its own volume',
  },
  'other-backing': {
    grave: true,
    title: 'an overlay stands on another file than the state says',
    next: 'look at who rebased it by hand; restore the clone to get a fresh overlay',
  },
  'other-machine': {
    grave: true,
    title: 'another machine has the name of a clone',
    next: 'rename or undefine the machine that is not the clone (virsh domrename)',
  },
  'storage-inactive': {
    grave: true,
    title: 'the storage pool is not active',
    next: 'start it (virsh pool-start); its volumes are not known until then',
  },
  'machine-missing': {
    grave: false,
    title: 'a machine is missing',
    next: 'plan and apply: it is defined again with its own volumes',
  },
  'volume-missing': {
    grave: false,
    title: 'a volume is missing',
    next: 'plan and apply: it is made anew',
  },
  'machine-unmanaged': {
    grave: false,
    title: 'a machine is in libvirt but not in the state',
    next: 'regraft repair takes it into the state',
  },
  'data-unmanaged': {
    grave: false,
    title: 'a data volume is on the host but not in the state',
    next: 'regraft repair takes it into the state',
  },
  'disk-attached': {
    grave: false,
    title: 'a disk was attached by hand',
    next: 'detach it (virsh detach-disk), or declare it as an extra volume; the next change of the machine drops it',
  },
  'disk-detached': {
    grave: false,
    title: 'a disk is not attached',
    next: 'plan and apply: the machine is defined with all of its disks again',
  },
  tainted: {
    grave: false,
    title: 'Terraform takes an object for broken',
    next: 'plan and apply makes it anew, or terraform untaint keeps it',
  },
  deposed: {
    grave: false,
    title: 'an object waits for its deletion since a run that broke off',
    next: 'plan and apply deletes it',
  },
} as const;

/** A kind of drift. */
export type DriftKind = keyof typeof DRIFTS;

/** All kinds of drift, the gravest first. */
export const DRIFT_KINDS = Object.keys(DRIFTS) as readonly DriftKind[];

/** One way in which state and host do not agree. */
export interface Drift {
  readonly kind: DriftKind;
  /** What was found, and what was expected. */
  readonly text: string;
  /** The Terraform address that it is about. */
  readonly address?: string;
}

/** Drift in order, the gravest first. */
export function byGravity(drift: readonly Drift[]): Drift[] {
  const rank = ({ kind }: Drift): number => DRIFT_KINDS.indexOf(kind);
  return [...drift].sort((a, b) => rank(a) - rank(b));
}
