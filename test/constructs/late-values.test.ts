import { TerraformVariable } from 'cdktf';
import { Base, LibvirtHost, Volume } from 'regraft';
import { block, synthesize } from '../support/synthesis';

describe('a value that only Terraform knows', () => {
  it('may be an image: it is written as it is, and no file of that name is looked for', () => {
    const stack = synthesize((scope) => {
      const image = new TerraformVariable(scope, 'image', { type: 'string' }).stringValue;
      const host = new LibvirtHost(scope, 'lab', {
        uri: 'qemu:///system',
        storage: { name: 'lab', path: '/lab' },
      });
      new Base(scope, 'v1', { host, volumes: { root: Volume.system({ image, size: '1GiB' }) } });
    });
    expect(block(stack, 'libvirt_volume', 'lab__bases').for_each!['v1/root']!['source']).toBe('${var.image}');
  });

  it('may be the URI of a host: it is no part of the manifest, which is static', () => {
    const { json } = synthesize((scope) => {
      const uri = new TerraformVariable(scope, 'uri', { type: 'string' }).stringValue;
      new LibvirtHost(scope, 'lab', { uri, storage: { name: 'lab', path: '/lab' } });
    });
    expect(json.provider['libvirt']![0]!['uri']).toBe('${var.uri}');
    expect(json.output.regraft.value.hosts['lab']).not.toHaveProperty('uri');
  });
});
