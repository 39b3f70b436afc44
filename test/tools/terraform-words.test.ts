import {
  asksForInit,
  errorLine,
  guardedInstances,
  plainWords,
  heldLock,
} from '../../lib/tools/terraform-words';

const guarded = `╷
│ Error: Instance cannot be destroyed
│ 
│   on cdk.tf.json line 77, in resource.libvirt_volume.lab__data:
│   77:       "lab__data": {
│ 
│ Resource libvirt_volume.lab__data["students/student-03/home"] has
│ lifecycle.prevent_destroy set, but the plan calls for this resource to be
│ destroyed.
╵
╷
│ Error: Instance cannot be destroyed
│ 
│ Resource libvirt_volume.lab__bases["debian-12/root"] has lifecycle.prevent_destroy set
╵
`;

test('frames go, words stay', () => {
  const words = plainWords(guarded);
  expect(words).not.toMatch(/[╷│╵]/);
  expect(errorLine(words)).toBe('Instance cannot be destroyed');
  expect(words).toContain('  77:       "lab__data": {');
});

test('guarded instances are found, however the words are broken into lines', () => {
  expect(guardedInstances(plainWords(guarded))).toEqual([
    'libvirt_volume.lab__data["students/student-03/home"]',
    'libvirt_volume.lab__bases["debian-12/root"]',
  ]);
  expect(guardedInstances('Error: another')).toEqual([]);
});

test.each([
  ['Error: Backend initialization required, please run "terraform init"', 'init'],
  ['Run "tofu init" to install', 'init'],
  ['Error: Required plugins are not installed', 'init'],
  ['Error: Inconsistent dependency lock file', 'init'],
  ['locked provider x does not match configured version constraint ~> 0.9', 'upgrade'],
  ['Error: connection refused', undefined],
])('%j asks for %s', (words, expected) => {
  expect(asksForInit(words)).toBe(expected);
});

test('a held lock is told by its ID and its holder; another error is none', () => {
  const words = `Error: Error acquiring the state lock

Error message: resource temporarily unavailable
Lock Info:
  ID:        f3e71ab3-b665-92c8-bd96-64567a688780
  Path:      terraform.tfstate
  Operation: OperationTypeApply
  Who:       anna@vm
  Version:   1.11.4
  Created:   2026-11-24 06:18:17.856819838 +0000 UTC
  Info:

Terraform acquires a state lock to protect the state from being written`;
  const id = 'f3e71ab3-b665-92c8-bd96-64567a688780';
  const holder = 'anna@vm, Apply since 2026-11-24 06:18:17.856819838 +0000 UTC';
  expect(heldLock(words)).toEqual({ id, holder });
  expect(heldLock(words.replace('resource temporarily unavailable', 'already locked:\nID=its-own'))).toEqual({
    id: 'its-own',
  });
  expect(heldLock('Error: Instance cannot be destroyed\n\n  ID: x')).toBeUndefined();
});
