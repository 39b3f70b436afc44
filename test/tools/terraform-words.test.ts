import { asksForInit, errorLine, guardedInstances, plainWords } from '../../lib/tools/terraform-words';

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
