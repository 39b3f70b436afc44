import { Base, ClonePool, Volume } from 'regraft';
import { GENERATIONS, hostIn, MACHINE } from '../support/declarations';
import { block, synthesize } from '../support/synthesis';

/** A machine with a qcow2 and a raw data volume, as the text of its resource. */
function machine(provider: (typeof GENERATIONS)[number]): string {
  const stack = synthesize((scope) => {
    const host = hostIn(scope, 'lab', { provider });
    const base = new Base(scope, 'v1', {
      host,
      volumes: {
        root: Volume.system({ image: 'https://images.test/v1.qcow2', size: '4GiB' }),
        home: Volume.data({ size: '2GiB' }),
        notes: Volume.data({ size: '1GiB', seed: 'https://images.test/notes.raw', seedFormat: 'raw' }),
      },
    });
    new ClonePool(scope, 'students', { base, clones: ['student-01'], machine: MACHINE });
  });
  return JSON.stringify(block(stack, 'libvirt_domain', 'students__student-01'));
}

describe.each(GENERATIONS)('the format of a data disk, provider %s', (generation) => {
  it('is what the code says: nothing that libvirt has found by looking at what a guest wrote', () => {
    expect(machine(generation)).not.toContain('format');
  });

  it('is raw for a raw volume only', () => {
    const text = machine(generation);
    const raw =
      generation === '0.8'
        ? [...text.matchAll(/disk\[(\d)\]\/driver\/@type[^>]*><xsl:attribute name=\\*"type\\*">raw</g)].map(
            ([, at]) => at,
          )
        : (JSON.parse(text) as { devices: { disks: { driver: { type: string } }[] } }).devices.disks
            .map(({ driver }, index) => [driver.type, String(index + 1)])
            .filter(([type]) => type === 'raw')
            .map(([, at]) => at);
    expect(raw).toEqual(['3']);
  });
});
