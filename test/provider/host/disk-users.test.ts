import type { ListedMachine } from '../../../lib/provider/host/facts';
import { usersOf } from '../../../lib/provider/host/disk-users';

function machine(name: string, disks: string): [string, ListedMachine] {
  const xml = `<domain><name>${name}</name><devices>${disks}</devices></domain>`;
  return [name, { name, uuid: '', state: 'shut off', saved: false, autostart: false, snapshots: [], xml }];
}

const top = {
  ...{ name: 'top.qcow2', path: '/pool/top.qcow2', backing: '/pool/low.qcow2' },
  ...{ capacity: 1, allocation: 1, format: 'qcow2', modified: '' },
};
const volumes = new Map([[top.path, top]]);
const host = {
  machines: new Map([
    machine('a', `<disk><source file='/pool/x&amp;y.qcow2'/></disk>`),
    machine('b', `<disk><source pool='lab' volume='of-pool.qcow2'/></disk>`),
    machine('c', `<disk><source file="/pool/../pool/x&#38;y.qcow2"/></disk>`),
  ]),
};

test('a file is used by machines, whatever way they name it, and by what stands on it', () => {
  const paths = new Set(['/pool/x&y.qcow2', '/pool/of-pool.qcow2', '/pool/low.qcow2', '/pool/free.qcow2']);
  expect(Object.fromEntries(usersOf(paths, host, volumes, '/pool', 'a'))).toEqual({
    '/pool/x&y.qcow2': ['machine c'],
    '/pool/of-pool.qcow2': ['machine b'],
    '/pool/low.qcow2': ['/pool/top.qcow2'],
  });
});
