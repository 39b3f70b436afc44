import { rawBacking } from '../../lib/dialects/libvirt-0.8/stylesheet';
import type { FindingCode } from '../../lib/review';
import { changeAt, type Generation, manifestIn, type PlanJson } from './recorded';

/** A way to damage a recorded plan in one place, and the code that must refuse it. */
export interface Damage {
  readonly code: FindingCode;
  readonly what: string;
  /** The recorded plan, without the generation. */
  readonly plan: string;
  readonly only?: Generation;
  readonly damage: (plan: PlanJson, generation: Generation) => void;
}

const HOME = 'libvirt_volume.lab__data["students/student-01/home"]';
const OTHER_HOME = 'libvirt_volume.lab__data["students/student-02/home"]';
const ROOT = 'libvirt_volume.students__student-01__root__debian-12';
const NEW_ROOT = 'libvirt_volume.students__student-01__root__debian-13';
const MACHINE = 'libvirt_domain.students__student-01';
const BASE = 'libvirt_volume.lab__bases["debian-12/root"]';

function act(plan: PlanJson, address: string, ...actions: string[]): void {
  changeAt(plan, address).change.actions = actions;
}

/** The disks of a machine after the plan, of either provider. */
export function disksAfter(plan: PlanJson, machine: string): PlanJson[] {
  const { after } = changeAt(plan, machine).change;
  return after.disk ?? after.devices.disks;
}

/** Attaches a volume, named by its path, in place of another. */
export function attach(disk: PlanJson, path: string): void {
  if ('source' in disk) disk.source.volume.volume = path.split('/').pop();
  else disk.volume_id = path;
}

/** The path of a volume before the plan. */
export function pathOf(plan: PlanJson, address: string): string {
  return changeAt(plan, address).change.before.id;
}

/** Sets a value before or after on whichever attribute the provider has. */
function setSize(plan: PlanJson, address: string, when: 'before' | 'after', size: number): void {
  const values = changeAt(plan, address).change[when];
  values['capacity' in values ? 'capacity' : 'size'] = size;
}

/** One or more for each code that refuses. */
export const DAMAGES: readonly Damage[] = [
  {
    code: 'RG101',
    what: 'an unknown major version of the format',
    plan: 'canary',
    damage: (plan) => (plan.format_version = '2.0'),
  },
  { code: 'RG102', what: 'errors', plan: 'canary', damage: (plan) => (plan.errored = true) },
  { code: 'RG103', what: 'an incomplete plan', plan: 'canary', damage: (plan) => (plan.complete = false) },
  {
    code: 'RG103',
    what: 'deferred changes',
    plan: 'canary',
    damage: (plan) => (plan.deferred_changes = [{}]),
  },
  {
    code: 'RG104',
    what: 'a clone that is left out, as by -target, where Terraform does not say so',
    plan: 'all',
    damage: (plan) => {
      delete plan.complete;
      plan.resource_changes = plan.resource_changes.filter(
        (one: PlanJson) => !one.address.includes('student-02'),
      );
    },
  },
  {
    code: 'RG104',
    what: 'one data volume that is left out',
    plan: 'canary',
    damage: (plan) =>
      (plan.resource_changes = plan.resource_changes.filter((one: PlanJson) => one.address !== HOME)),
  },
  {
    code: 'RG105',
    what: 'a data volume that the manifest calls an overlay',
    plan: 'canary',
    damage: (plan) =>
      Object.assign(manifestIn(plan, 'after').addresses[HOME], {
        role: 'overlay',
        type: 'temporary',
        base: 'debian-12',
      }),
  },
  {
    code: 'RG105',
    what: 'a data volume that the manifest before calls archived',
    plan: 'canary',
    damage: (plan) => (manifestIn(plan, 'before').addresses[HOME].role = 'archived'),
  },
  {
    code: 'RG105',
    what: 'a rebase that leaves out a data volume',
    plan: 'canary',
    damage: (plan) => manifestIn(plan, 'after').rebases[0].clones[0].volumes.pop(),
  },
  {
    code: 'RG106',
    what: 'an action that nobody knows',
    plan: 'canary',
    damage: (plan) => act(plan, NEW_ROOT, 'create', 'shred'),
  },
  {
    code: 'RG240',
    what: 'a data volume that the code calls raw from now on',
    plan: 'canary',
    damage: (plan) => (manifestIn(plan, 'after').addresses[HOME].format = 'raw'),
  },
  {
    code: 'RG440',
    what: 'a new overlay that takes its base for raw',
    plan: 'canary',
    damage: (plan, generation) => {
      const { after } = changeAt(plan, NEW_ROOT).change;
      if (generation === '0.8') after.xml = [{ xslt: rawBacking(undefined) }];
      else after.backing_store.format.type = 'raw';
    },
  },
  {
    code: 'RG440',
    what: 'a new overlay on a raw base that does not say so',
    plan: 'canary',
    damage: (plan) => (manifestIn(plan, 'after').bases['lab/debian-13'].volumes.root.format = 'raw'),
  },
  {
    code: 'RG201',
    what: 'a data volume deleted',
    plan: 'canary',
    damage: (plan) => act(plan, HOME, 'delete'),
  },
  {
    code: 'RG201',
    what: 'a purge of a volume whose clone is still retired',
    plan: 'purge',
    damage: (plan) => manifestIn(plan, 'after').pools.students.retired.push('student-02'),
  },
  {
    code: 'RG201',
    what: 'an archived data volume made anew beside the deletion of the old one',
    plan: 'retire',
    damage: (plan) => {
      const archived = changeAt(plan, 'libvirt_volume.lab__archived["students/student-02/home"]');
      delete archived.previous_address;
      plan.resource_changes.push({
        ...archived,
        address: OTHER_HOME,
        change: { ...archived.change, actions: ['delete'], after: null },
      });
    },
  },
  {
    code: 'RG202',
    what: 'a data volume replaced',
    plan: 'all',
    damage: (plan) => act(plan, HOME, 'delete', 'create'),
  },
  {
    code: 'RG202',
    what: 'a data volume replaced the other way round',
    plan: 'all',
    damage: (plan) => act(plan, HOME, 'create', 'delete'),
  },
  {
    code: 'RG203',
    what: 'a data volume missing on the host',
    plan: 'nothing',
    damage: (plan) => act(plan, HOME, 'create'),
  },
  {
    code: 'RG203',
    what: 'an archived data volume that is lost and would be brought back empty',
    plan: 'bring-back',
    damage: (plan) => {
      const home = changeAt(plan, OTHER_HOME);
      Object.assign(home.change, { actions: ['create'], before: null });
      Reflect.deleteProperty(home, 'previous_address');
      const { root_module: state } = plan.prior_state.values;
      state.resources = state.resources.filter(
        ({ address }: PlanJson) => !address.endsWith('["students/student-02/home"]'),
      );
    },
  },
  {
    code: 'RG204',
    what: 'a data volume forgotten',
    plan: 'nothing',
    damage: (plan) => act(plan, HOME, 'forget'),
  },
  {
    code: 'RG205',
    what: 'a data volume updated',
    plan: 'nothing',
    damage: (plan) => act(plan, HOME, 'update'),
  },
  {
    code: 'RG205',
    what: 'a data volume that shrinks',
    plan: 'nothing',
    damage: (plan) => setSize(plan, HOME, 'after', 1024),
  },
  {
    code: 'RG205',
    what: 'a data volume that is renamed',
    plan: 'nothing',
    damage: (plan) => (changeAt(plan, HOME).change.after.name = 'student-01.work.data.qcow2'),
  },
  {
    code: 'RG205',
    what: 'a data volume in another storage pool',
    plan: 'nothing',
    damage: (plan) => (changeAt(plan, HOME).change.after.pool = 'default'),
  },
  {
    code: 'RG205',
    what: "a data volume whose file is another's",
    plan: 'nothing',
    damage: (plan) => (changeAt(plan, HOME).change.after.id = pathOf(plan, OTHER_HOME)),
  },
  {
    code: 'RG206',
    what: "a data volume moved from another clone's",
    plan: 'retire',
    damage: (plan) =>
      (changeAt(plan, 'libvirt_volume.lab__archived["students/student-02/home"]').previous_address = HOME),
  },
  {
    code: 'RG207',
    what: 'a deposed object of a data volume',
    plan: 'nothing',
    damage: (plan) =>
      plan.resource_changes.push({
        ...changeAt(plan, HOME),
        deposed: 'abcd1234',
        change: { ...changeAt(plan, HOME).change, actions: ['delete'] },
      }),
  },
  {
    code: 'RG208',
    what: 'a data volume on a base',
    plan: 'create',
    damage: (plan, generation) => {
      const { after } = changeAt(plan, HOME).change;
      if (generation === '0.8') after.base_volume_id = '/lab/pools/pool/debian-12.root.base.qcow2';
      else after.backing_store = { path: '/lab/pools/pool/debian-12.root.base.qcow2' };
    },
  },
  {
    code: 'RG301',
    what: 'a base volume replaced',
    plan: 'canary',
    damage: (plan) => act(plan, BASE, 'delete', 'create'),
  },
  {
    code: 'RG301',
    what: 'a base volume updated',
    plan: 'canary',
    damage: (plan) => act(plan, BASE, 'update'),
  },
  {
    code: 'RG302',
    what: 'a base volume deleted',
    plan: 'canary',
    damage: (plan) => act(plan, BASE, 'delete'),
  },
  {
    code: 'RG303',
    what: 'a base volume made anew',
    plan: 'canary',
    damage: (plan) => act(plan, BASE, 'create'),
  },
  {
    code: 'RG304',
    what: 'a base volume forgotten',
    plan: 'canary',
    damage: (plan) => act(plan, BASE, 'forget'),
  },
  {
    code: 'RG305',
    what: 'a base deleted that was never retired',
    plan: 'drop-base',
    damage: (plan) => {
      const before = manifestIn(plan, 'before');
      before.bases['lab/debian-12'].retired = false;
      const [from, to] = ['libvirt_volume.lab__retired-bases["debian-12/root"]', BASE];
      before.addresses[to] = { ...before.addresses[from], retired: false };
      Reflect.deleteProperty(before.addresses, from);
      changeAt(plan, from).address = to;
    },
  },
  {
    code: 'RG307',
    what: 'the storage pool replaced',
    plan: 'nothing',
    damage: (plan) => act(plan, 'libvirt_pool.lab["pool"]', 'delete', 'create'),
  },
  {
    code: 'RG401',
    what: 'a new overlay on the old base',
    plan: 'canary',
    damage: (plan, generation) => {
      const { after } = changeAt(plan, NEW_ROOT).change;
      const old = pathOf(plan, BASE);
      if (generation === '0.8') after.base_volume_id = old;
      else after.backing_store.path = old;
    },
  },
  {
    code: 'RG401',
    what: 'a new overlay on nothing',
    plan: 'create',
    damage: (plan, generation) => {
      const { change } = changeAt(plan, ROOT);
      for (const values of [change.after, change.after_unknown])
        Reflect.deleteProperty(values, generation === '0.8' ? 'base_volume_id' : 'backing_store');
    },
  },
  {
    code: 'RG402',
    what: 'an overlay forgotten',
    plan: 'nothing',
    damage: (plan) => act(plan, ROOT, 'forget'),
  },
  {
    code: 'RG402',
    what: 'an overlay updated in place',
    plan: 'nothing',
    damage: (plan) => act(plan, ROOT, 'update'),
  },
  {
    code: 'RG403',
    what: 'the way back deleted',
    plan: 'canary',
    damage: (plan) => act(plan, ROOT, 'delete'),
  },
  {
    code: 'RG403',
    what: 'the way back replaced',
    plan: 'canary-nothing',
    damage: (plan) => act(plan, ROOT, 'create', 'delete'),
  },
  {
    code: 'RG403',
    what: 'a revert onto a fresh overlay',
    plan: 'revert',
    damage: (plan) => act(plan, ROOT, 'create'),
  },
  {
    code: 'RG404',
    what: 'a rebase that declares a system volume as kept',
    plan: 'canary',
    damage: (plan) => {
      const [clone] = manifestIn(plan, 'after').rebases[0].clones;
      clone.volumes.find((one: PlanJson) => one.volume === 'root').fate = 'kept';
    },
  },
  {
    code: 'RG501',
    what: 'a machine without its data volume',
    plan: 'canary',
    damage: (plan) => disksAfter(plan, MACHINE).splice(2, 1),
  },
  {
    code: 'RG501',
    what: 'an unchanged machine without its data volume',
    plan: 'nothing',
    damage: (plan) => disksAfter(plan, MACHINE).splice(2, 1),
  },
  {
    code: 'RG502',
    what: 'a data volume under another device name',
    plan: 'canary',
    damage: (plan, generation) => {
      const { after } = changeAt(plan, MACHINE).change;
      if (generation === '0.8') after.xml[0].xslt = after.xml[0].xslt.replace('dev="vdc"', 'dev="vde"');
      else after.devices.disks[2].target.dev = 'vde';
    },
  },
  {
    code: 'RG502',
    what: 'a data volume that the manifest moves to another device',
    plan: 'canary',
    damage: (plan) =>
      (manifestIn(plan, 'before').pools.students.clones['student-01'].volumes.home.target = 'vdd'),
  },
  {
    code: 'RG503',
    what: "another clone's data volume",
    plan: 'canary',
    damage: (plan) => attach(disksAfter(plan, MACHINE)[2], pathOf(plan, OTHER_HOME)),
  },
  {
    code: 'RG504',
    what: 'two machines on one data volume',
    plan: 'canary',
    damage: (plan) =>
      disksAfter(plan, MACHINE).push(
        structuredClone(disksAfter(plan, 'libvirt_domain.students__student-02')[2]),
      ),
  },
  {
    code: 'RG277',
    what: 'a data volume that a machine would read as another format',
    plan: 'nothing',
    damage: (plan) => {
      manifestIn(plan, 'before').addresses[HOME].size = 3 * 2 ** 20;
      Object.assign(manifestIn(plan, 'after').addresses[HOME], { size: 3 * 2 ** 20, format: 'raw' });
    },
  },
  {
    code: 'RG276',
    what: 'a volume that a clone takes over made anew, empty',
    plan: 'create',
    damage: (plan) => (manifestIn(plan, 'after').addresses[HOME].from = ['students/student-09/home']),
  },
  {
    code: 'RG504',
    what: 'a machine of other origin on a data volume',
    plan: 'nothing',
    damage: (plan) =>
      plan.resource_changes.push({
        ...structuredClone(changeAt(plan, MACHINE)),
        address: 'libvirt_domain.backup',
      }),
  },
  {
    code: 'RG505',
    what: 'a machine that stays on its old system volume',
    plan: 'canary',
    damage: (plan) => attach(disksAfter(plan, MACHINE)[0], pathOf(plan, ROOT)),
  },
  {
    code: 'RG505',
    what: 'an unchanged machine while its overlays are made on a new base',
    plan: 'canary',
    damage: (plan) => {
      const { change } = changeAt(plan, MACHINE);
      Object.assign(change, { actions: ['no-op'], after: change.before, after_unknown: {} });
    },
  },
  {
    code: 'RG506',
    what: 'another name',
    plan: 'canary',
    damage: (plan) => (changeAt(plan, MACHINE).change.after.name = 'student-1'),
  },
  {
    code: 'RG506',
    what: 'another UUID',
    plan: 'canary',
    damage: (plan, generation) => {
      const { after } = changeAt(plan, MACHINE).change;
      if (generation === '0.9') after.uuid = '00000000-0000-4000-8000-000000000000';
      else
        after.xml[0].xslt = after.xml[0].xslt.replace(
          /<uuid>.*<\/uuid>/,
          '<uuid>00000000-0000-4000-8000-000000000000</uuid>',
        );
    },
  },
  {
    code: 'RG506',
    what: 'another MAC address',
    plan: 'canary',
    damage: (plan) => {
      const { after } = changeAt(plan, MACHINE).change;
      if (after.network_interface) after.network_interface[0].mac = '52:54:00:00:00:01';
      else after.devices.interfaces[0].mac.address = '52:54:00:00:00:01';
    },
  },
  {
    code: 'RG506',
    what: 'a machine replaced, which loses its UUID',
    plan: 'canary',
    only: '0.9',
    damage: (plan) => act(plan, MACHINE, 'delete', 'create'),
  },
  {
    code: 'RG507',
    what: 'an update of disks that is never sent',
    plan: 'canary',
    only: '0.8',
    damage: (plan) => act(plan, MACHINE, 'update'),
  },
  {
    code: 'RG508',
    what: 'a machine deleted',
    plan: 'nothing',
    damage: (plan) => act(plan, MACHINE, 'delete'),
  },
  {
    code: 'RG509',
    what: 'a restore that leaves the machine on the deleted volume',
    plan: 'restore',
    damage: (plan) => {
      const { change } = changeAt(plan, 'libvirt_domain.students__student-02');
      Object.assign(change, { actions: ['no-op'], after: change.before, after_unknown: {} });
    },
  },
  {
    code: 'RG511',
    what: 'a machine on the base itself',
    plan: 'canary',
    damage: (plan) => attach(disksAfter(plan, MACHINE)[0], pathOf(plan, BASE)),
  },
];

/** The verdict of a judge that only looks for the action delete on a data volume's address. */
export function naiveVerdict(plan: PlanJson): 'safe' | 'refused' {
  const deleted = plan.resource_changes.some(
    ({ address, deposed, change: { actions } }: PlanJson) =>
      !deposed && address.includes('__data[') && actions.length === 1 && actions[0] === 'delete',
  );
  return deleted ? 'refused' : 'safe';
}
