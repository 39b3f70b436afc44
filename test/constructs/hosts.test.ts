import { TerraformVariable } from 'cdktf';
import { ClonePool } from 'regraft';
import { baseIn, hostIn, MACHINE } from '../support/declarations';
import { block, blocks, manifest, synthesize } from '../support/synthesis';

describe('the provider of a host', () => {
  const generationOf = (provider: '0.8' | '0.9.3' | undefined, context: Record<string, unknown> = {}) => {
    const { json } = synthesize(
      (stack) => void hostIn(stack, 'lab', provider === undefined ? {} : { provider }),
      { context },
    );
    return [
      json.terraform.required_providers['libvirt']!.version,
      json.output.regraft.value.hosts['lab']!.provider,
    ];
  };

  it('is 0.9 when nothing is said', () => {
    expect(generationOf(undefined)).toEqual(['~> 0.9.7', '0.9']);
  });

  it('is what the cdktf context says', () => {
    expect(generationOf(undefined, { 'regraft:provider': '0.8' })).toEqual(['~> 0.8.3', '0.8']);
  });

  it('is what the host says, before the context; an exact version is required as it is', () => {
    expect(generationOf('0.8', { 'regraft:provider': '0.9' })).toEqual(['~> 0.8.3', '0.8']);
    expect(generationOf('0.9.3', { 'regraft:provider': '0.8' })).toEqual(['0.9.3', '0.9']);
  });
});

it('two hosts in one stack have a provider alias, a storage pool and guarded blocks each', () => {
  const stack = synthesize((scope) => {
    for (const name of ['west', 'east']) {
      const host = hostIn(scope, name, { uri: `qemu+ssh://root@${name}/system` });
      const base = baseIn(scope, host, `debian-${name}`);
      new ClonePool(scope, `pool-${name}`, { base, clones: [`clone-${name}`], machine: MACHINE });
    }
  });
  expect(stack.json.provider['libvirt']).toEqual([
    { alias: 'east', uri: 'qemu+ssh://root@east/system' },
    { alias: 'west', uri: 'qemu+ssh://root@west/system' },
  ]);
  expect(Object.keys(blocks(stack, 'libvirt_pool'))).toEqual(['east', 'west']);
  expect(Object.keys(block(stack, 'libvirt_volume', 'west__data').for_each!)).toEqual([
    'pool-west/clone-west/home',
  ]);
  expect(block(stack, 'libvirt_domain', 'pool-west__clone-west').provider).toBe('libvirt.west');
});

it('storage that exists is referred to by its name and not made', () => {
  const stack = synthesize((scope) => {
    const host = hostIn(scope, 'lab', { storage: { name: 'shared', path: '/srv/shared', existing: true } });
    baseIn(scope, host, 'v1');
  });
  expect(blocks(stack, 'libvirt_pool')).toEqual({});
  expect(block(stack, 'libvirt_volume', 'lab__bases')['pool']).toBe('shared');
});

it('the manifest never shows the password of a URI, nor a URI that only Terraform knows', () => {
  const uris = (declare: (scope: Parameters<Parameters<typeof synthesize>[0]>[0]) => string) =>
    manifest(synthesize((scope) => void hostIn(scope, 'lab', { uri: declare(scope) }))).hosts['lab']!.uri;
  expect(uris(() => 'qemu+ssh://root:secret@host/system')).toBe('qemu+ssh://root:***@host/system');
  expect(
    uris((scope) => new TerraformVariable(scope, 'uri', { type: 'string' }).stringValue),
  ).toBeUndefined();
});
