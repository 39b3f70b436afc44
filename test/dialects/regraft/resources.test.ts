import type { CloneOverrides } from 'regraft';
import { Base, ClonePool, Rebase, Volume } from 'regraft';
import { baseIn, classroom, hostIn, MACHINE } from '../../support/declarations';
import { block, blocks, manifest, refusals, synthesize } from '../../support/synthesis';

const provider = 'regraft';

it('the provider is required by its own name, always with an alias, and told the time of the plan', () => {
  const { json } = synthesize((scope) => {
    hostIn(scope, 'lab', { provider });
    hostIn(scope, 'old', { provider: '0.9', uri: 'qemu+ssh://old/system' });
  });
  expect(json.terraform.required_providers).toEqual({
    libvirt: { source: 'dmacvicar/libvirt', version: '~> 0.9.7' },
    regraft: { source: 'regraft/regraft', version: '~> 0.1.0' },
  });
  expect(json.provider['regraft']).toEqual([
    {
      alias: 'lab',
      uri: 'qemu:///system',
      storage: { name: 'pool', path: '/srv/pool' },
      shutdown_timeout: 120,
      plan_time: '${plantimestamp()}',
    },
  ]);
});

it('an exact version is required as it is, and one of another stack’s host is refused', () => {
  const versions = (...said: string[]) =>
    refusals((scope) => {
      for (const [index, one] of said.entries()) hostIn(scope, `h${index}`, { provider: one as 'regraft' });
    });
  expect(versions('regraft-0.1.0', 'regraft')).toEqual([
    'stack lab uses providers 0.1.0 and ~> 0.1.0: Terraform takes one version a stack, put the hosts into different stacks',
  ]);
  expect(versions('regraft-0.1.0', '0.9')).toEqual([]);
  expect(versions('regraft-new')[0]).toContain('provider is "regraft-new", expected 0.8, 0.9, regraft');
});

it('a rebase shows nothing but the base of the clones that it moves, and what they retain', () => {
  const stages = [false, true].map((moves) =>
    synthesize((scope) => {
      const { rebase } = classroom(scope, provider);
      if (moves) rebase(['student-01']);
    }),
  );
  const [before, after] = stages.map((stack) => block(stack, 'regraft_clone', 'students__student-01'));
  expect(after).toEqual({
    ...before,
    base: '${regraft_base.lab__v2.name}',
    retain: '${regraft_base.lab__v1.name}',
  });
  expect(before!['base']).toBe('${regraft_base.lab__v1.name}');
  expect(block(stages[1]!, 'regraft_clone', 'students__student-02')).toEqual(
    block(stages[0]!, 'regraft_clone', 'students__student-02'),
  );
});

it('the escape hatch of a clone is its resource', () => {
  const stack = synthesize((scope) => {
    classroom(scope, provider).pool.clone('student-01').domain.addOverride('data_on_destroy', 'purge');
  });
  expect(block(stack, 'regraft_clone', 'students__student-01')['data_on_destroy']).toBe('purge');
  expect(block(stack, 'regraft_clone', 'students__student-02')['data_on_destroy']).toBe('keep');
});

test('a machine starts with its host where the code says so', () => {
  const declared = (autostart: boolean): unknown => {
    const stack = synthesize((scope) => {
      const base = baseIn(scope, hostIn(scope, 'lab', { provider }), 'v1');
      new ClonePool(scope, 'students', { base, clones: ['a'], machine: { ...MACHINE, autostart } });
    });
    return block(stack, 'regraft_clone', 'students__a')['autostart'];
  };
  expect([declared(true), declared(false)]).toEqual([true, undefined]);
});

describe('a retired clone', () => {
  const declared = (
    retired: string[],
    overrides: Record<string, CloneOverrides<{ root: 'system'; scratch: 'temporary'; home: 'data' }>> = {},
  ) =>
    synthesize((scope) => {
      const base = baseIn(scope, hostIn(scope, 'lab', { provider }), 'v1');
      new ClonePool(scope, 'students', { base, clones: ['a', 'b'], retired, machine: MACHINE, overrides });
    });
  const clone = (stack: ReturnType<typeof declared>) => block(stack, 'regraft_clone', 'students__a');

  it('is the same resource, without its machine, and takes its data with it when it leaves', () => {
    expect(clone(declared(['a']))).toEqual({
      ...plain(clone(declared([]))),
      retired: true,
      data_on_destroy: 'purge',
    });
    expect(clone(declared([]))['data_on_destroy']).toBe('keep');
  });

  it('does not take with it what another clone has taken over, which goes on with its file', () => {
    const stack = declared(['a'], { b: { data: { home: Volume.archived('a/home') } } });
    expect(Object.keys(clone(stack)['volumes'] as object)).toEqual(['root', 'scratch']);
    expect(block(stack, 'regraft_clone', 'students__b')['volumes']).toMatchObject({
      home: { file: 'a.home.data.qcow2' },
    });
  });

  it('of a base without data is gone', () => {
    const stack = synthesize((scope) => {
      const volumes = { root: Volume.system({ image: '/images.test/a.qcow2' }) };
      const base = new Base(scope, 'v1', { host: hostIn(scope, 'lab', { provider }), volumes });
      new ClonePool(scope, 'students', { base, clones: ['b'], retired: ['a'], machine: MACHINE });
    });
    expect(Object.keys(blocks(stack, 'regraft_clone'))).toEqual(['students__b']);
  });
});

/** Without what cdktf notes of where a resource was declared. */
function plain(of: object): object {
  return Object.fromEntries(Object.entries(of).filter(([name]) => name !== '//'));
}

it('a base is guarded until it is retired, and one that is only referred to is not', () => {
  const guarded = (props: { retired?: boolean; existing?: boolean }) =>
    block(
      synthesize((scope) => {
        const host = hostIn(scope, 'lab', { provider });
        const { retired = false, existing = false } = props;
        if (existing)
          Base.existing(scope, 'v1', { host, volumes: { root: Volume.system({ existing: true }) } });
        else
          new Base(scope, 'v1', {
            host,
            retired,
            volumes: { root: Volume.system({ image: '/images.test/a' }) },
          });
      }),
      'regraft_base',
      'lab__v1',
    )['deletion_protection'];
  expect([guarded({}), guarded({ retired: true }), guarded({ existing: true })]).toEqual([
    true,
    false,
    false,
  ]);
});

it('an adopted clone keeps the file, format and size of its data, its UUID and its addresses, on whatever base', () => {
  for (const moves of [false, true]) {
    const stack = synthesize((scope) => {
      const host = hostIn(scope, 'lab', { provider });
      const pool = new ClonePool(scope, 'students', {
        base: baseIn(scope, host, 'v1'),
        clones: ['ana'],
        machine: MACHINE,
        adopted: {
          ana: {
            uuid: '5a1e0000-0000-4000-8000-000000000000',
            data: { home: { file: 'ana.img', format: 'raw', size: '3GiB' } },
          },
        },
      });
      const next = baseIn(scope, host, 'v2');
      if (moves) new Rebase(scope, 'to-v2', { pool, to: next });
    });
    const ana = block(stack, 'regraft_clone', 'students__ana');
    expect((ana['volumes'] as Record<string, object>)['home']).toEqual({
      ...{ type: 'data', target: 'vdc', size: 3 * 2 ** 30, format: 'raw', file: 'ana.img' },
    });
    expect(ana['domain_xml']).toContain('<uuid>5a1e0000-0000-4000-8000-000000000000</uuid>');
    expect(manifest(stack).addresses['regraft_clone.students__ana.volumes["home"]']).toMatchObject({
      file: 'ana.img',
    });
  }
});

it('an image behind a URL is refused, since the provider uploads local files', () => {
  const found = refusals((scope) => {
    const volumes = {
      root: Volume.system({ image: 'https://images.test/a.qcow2' }),
      home: Volume.data({ size: '1GiB', seed: 'https://images.test/h.qcow2' }),
    };
    new Base(scope, 'v1', { host: hostIn(scope, 'lab', { provider }), volumes });
  });
  expect(found).toEqual([
    expect.stringContaining('base v1, volume home: https://images.test/h.qcow2 is a URL'),
    expect.stringContaining('base v1, volume root: https://images.test/a.qcow2 is a URL'),
  ]);
});
