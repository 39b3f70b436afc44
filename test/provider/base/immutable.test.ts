import type { BaseState } from '../../../lib/provider/base/base-state';
import { baseValue } from '../../../lib/provider/base/base-state';
import { asImmutable } from '../../../lib/provider/base/immutable';
import { object } from '../../../lib/provider/known';

const DIGEST = 'a'.repeat(64);

/** A base of one volume whose digest the configuration says, or does not. */
function base(sha256: string | null): BaseState {
  const root = {
    type: 'system',
    bus: 'virtio',
    format: 'qcow2',
    size: 2 ** 26,
    image: 'debian.qcow2',
    sha256,
    existing: null,
    path: '/pool/debian-12.root.base.qcow2',
  } as const;
  return { name: 'debian-12', volumes: { root }, deletion_protection: true, record: null };
}

function change(before: string | null, after: string | null): { said: unknown; problems: string[] } {
  const { planned, diagnostics } = asImmutable(base(before), baseValue(base(after)));
  return {
    said: object(object(planned['volumes'])?.['root'])?.['sha256'],
    problems: diagnostics.map(({ summary }) => summary),
  };
}

test('a digest that was not said may be said of a base that is there', () => {
  expect(change(null, DIGEST)).toEqual({ said: DIGEST, problems: [] });
});

test.each([['b'.repeat(64)], [null]])('a digest that was said is not changed to %s', (after) => {
  expect(change(DIGEST, after).problems).toEqual([expect.stringContaining('declare another base')]);
});

test('what clones get as a data volume may be of another size, a system volume not', () => {
  const [small, large] = [2 ** 24, 2 ** 25].map((size): BaseState => {
    const { volumes, ...rest } = base(null);
    const home = { ...volumes['root']!, type: 'data', image: null, path: null, size } as const;
    return { ...rest, volumes: { home, root: { ...volumes['root']!, size } } };
  });
  const { diagnostics } = asImmutable(small!, baseValue(large!));
  expect(diagnostics.map(({ attribute }) => attribute)).toEqual([['volumes', { key: 'root' }, 'size']]);
});
