import { Base, ClonePool, Volume } from 'regraft';
import { baseIn, GENERATIONS, hostIn, MACHINE } from '../support/declarations';
import { block, manifest, synthesize } from '../support/synthesis';

describe.each(GENERATIONS)('bases, provider %s', (provider) => {
  it('stand in one guarded block, each volume under BASE/VOLUME, read-only', () => {
    const stack = synthesize((scope) => {
      const host = hostIn(scope, 'lab', { provider });
      for (const name of ['v2', 'v1']) baseIn(scope, host, name);
    });
    const bases = block(stack, 'libvirt_volume', 'lab__bases');
    expect(Object.keys(bases.for_each!)).toEqual(['v1/root', 'v2/root']);
    expect(bases.for_each!['v1/root']).toEqual({
      file: 'v1.root.base.qcow2',
      format: 'qcow2',
      source: 'https://images.test/v1.qcow2',
    });
    expect(JSON.stringify(bases)).toContain('0444');
  });

  it('that are retired move to the block without a guard, and back', () => {
    const declared = (retired: boolean) =>
      synthesize((scope) => {
        const volumes = { root: Volume.system({ image: 'https://images.test/v1.qcow2' }) };
        new Base(scope, 'v1', { host: hostIn(scope, 'lab', { provider }), retired, volumes });
      });
    const address = (kind: string) => `libvirt_volume.lab__${kind}["v1/root"]`;
    expect(declared(true).json.moved).toEqual([{ from: address('bases'), to: address('retired-bases') }]);
    expect(declared(false).json.moved).toEqual([{ from: address('retired-bases'), to: address('bases') }]);
    expect(block(declared(true), 'libvirt_volume', 'lab__bases').for_each).toEqual({});
    expect(
      block(declared(true), 'libvirt_volume', 'lab__retired-bases').lifecycle?.prevent_destroy,
    ).toBeUndefined();
  });

  it('that exist are only referred to: nothing is uploaded, the overlays stand on the files of that name', () => {
    const stack = synthesize((scope) => {
      const volumes = {
        root: Volume.system({ existing: true, size: '4GiB' }),
        more: Volume.system({ existing: 'golden.img', format: 'raw' as const, size: '1GiB' }),
        home: Volume.data({ size: '1GiB' }),
      };
      const base = Base.existing(scope, 'v1', { host: hostIn(scope, 'lab', { provider }), volumes });
      new ClonePool(scope, 'students', { base, clones: ['anna'], machine: MACHINE });
    });
    expect(block(stack, 'libvirt_volume', 'lab__bases').for_each).toEqual({});
    const backing = (volume: string) => {
      const overlay = block(stack, 'libvirt_volume', `students__anna__${volume}__v1`);
      return provider === '0.8' ? overlay['base_volume_name'] : overlay['backing_store'];
    };
    expect([backing('root'), backing('more')]).toEqual(
      provider === '0.8'
        ? ['v1.root.base.qcow2', 'golden.img']
        : [
            { path: '/srv/pool/v1.root.base.qcow2', format: { type: 'qcow2' } },
            { path: '/srv/pool/golden.img', format: { type: 'raw' } },
          ],
    );
    expect(manifest(stack).bases['lab/v1']!.volumes['root']).toEqual({
      type: 'system',
      file: 'v1.root.base.qcow2',
    });
  });

  it('that exist and are retired are said so in the manifest, and Terraform has nothing to do for it', () => {
    const declared = (retired: boolean) =>
      synthesize((scope) => {
        const volumes = { root: Volume.system({ existing: true, size: '4GiB' }) };
        Base.existing(scope, 'v1', { host: hostIn(scope, 'lab', { provider }), retired, volumes });
      });
    expect(manifest(declared(true)).bases['lab/v1']).toMatchObject({ retired: true });
    expect(declared(true).json.resource).toEqual(declared(false).json.resource);
    expect(declared(true).json.moved).toEqual(declared(false).json.moved);
  });

  it('whose digest is said carry it to the manifest, and to no expression that Terraform would evaluate in every plan', () => {
    const sha256 = 'AB'.repeat(32);
    const stack = synthesize((scope) => {
      const volumes = { root: Volume.system({ image: 'https://images.test/v1.qcow2', sha256 }) };
      new Base(scope, 'v1', { host: hostIn(scope, 'lab', { provider }), volumes });
    });
    const bases = block(stack, 'libvirt_volume', 'lab__bases');
    expect(bases.for_each!['v1/root']!['sha256']).toBe(sha256.toLowerCase());
    expect(JSON.stringify(stack.json)).not.toContain('filesha256');
    expect(manifest(stack).bases['lab/v1']!.volumes['root']!.sha256).toBe(sha256.toLowerCase());
  });

  it('that exist keep the digest that the code says of their files, in the manifest only', () => {
    const sha256 = 'CD'.repeat(32);
    const stack = synthesize((scope) => {
      const volumes = { root: Volume.system({ existing: true, size: '4GiB', sha256 }) };
      Base.existing(scope, 'v1', { host: hostIn(scope, 'lab', { provider }), volumes });
    });
    expect(block(stack, 'libvirt_volume', 'lab__bases').for_each).toEqual({});
    expect(manifest(stack).bases['lab/v1']!.volumes['root']).toEqual({
      type: 'system',
      file: 'v1.root.base.qcow2',
      sha256: sha256.toLowerCase(),
    });
  });

  it('give a data volume its seed in full, and no backing file', () => {
    const stack = synthesize((scope) => {
      const volumes = {
        root: Volume.system({ image: 'https://images.test/v1.qcow2' }),
        home: Volume.data({ size: '1GiB', seed: 'https://images.test/home.raw', seedFormat: 'raw' }),
      };
      const base = new Base(scope, 'v1', { host: hostIn(scope, 'lab', { provider }), volumes });
      new ClonePool(scope, 'students', { base, clones: ['anna'], machine: MACHINE });
    });
    const data = block(stack, 'libvirt_volume', 'lab__data');
    expect(data.for_each).toEqual({
      'students/anna/home': {
        file: 'anna.home.data.qcow2',
        format: 'raw',
        source: 'https://images.test/home.raw',
      },
    });
    expect(Object.keys(data)).not.toContain('base_volume_id');
    expect(Object.keys(data)).not.toContain('backing_store');
  });
});
