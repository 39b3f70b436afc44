import { EXAMPLES, Examples } from '../support/examples';
import { block, manifest } from '../support/synthesis';

describe('the example stacks', () => {
  let examples: Examples;
  beforeAll(async () => {
    examples = await Examples.synthesize();
  }, 120_000);
  afterAll(() => examples.remove());

  it.each(EXAMPLES)(
    '%s is valid Terraform for the provider in use',
    async (example) => {
      await examples.terraform(example, 'init', '-no-color', '-input=false');
      const { valid, diagnostics } = JSON.parse(await examples.terraform(example, 'validate', '-json')) as {
        valid: boolean;
        diagnostics: unknown[];
      };
      expect(diagnostics).toEqual([]);
      expect(valid).toBe(true);
    },
    120_000,
  );

  it('are what they say: homes for all students, nothing kept in kiosks, two canaries, more volumes for a primary', () => {
    const clones = (example: string, pool: string) => manifest(examples.read(example)).pools[pool]!.clones;
    const types = (example: string, pool: string, clone: string) =>
      Object.values(clones(example, pool)[clone]!.volumes).map(({ type }) => type);

    expect(Object.keys(clones('classroom', 'students'))).toHaveLength(30);
    expect(types('classroom', 'students', 'student-07').sort()).toEqual([
      'data',
      'data',
      'system',
      'temporary',
    ]);
    expect(types('kiosk', 'terminals', 'library').sort()).toEqual(['system', 'temporary', 'temporary']);
    const moved = Object.entries(clones('canary', 'desks')).filter(([, { base }]) => base === 'debian-13');
    expect(moved.map(([clone, { retainedBase }]) => [clone, retainedBase])).toEqual([
      ['desk-01', 'debian-12'],
      ['desk-02', 'debian-12'],
    ]);
    expect(Object.keys(clones('databases', 'postgres')['primary']!.volumes)).toEqual(
      expect.arrayContaining(['wal', 'backup']),
    );
    expect(
      block(examples.read('databases'), 'libvirt_cloudinit_disk', 'postgres__primary')['user_data'],
    ).toContain('$${HOME}');
  });
});
