import { checkFleets, stackOf } from '../../support/check-fleets';
import { GENERATIONS } from '../../support/declarations';
import { overlayNames, resourceTexts } from '../../support/parts';
import { block, blocks, manifest } from '../../support/synthesis';

describe.each(GENERATIONS)('what Terraform may do to volumes, provider %s', (generation) => {
  it('overlays are made before the old ones go, and are named once', () => {
    checkFleets(generation, (fleet) => {
      const stack = stackOf(fleet);
      for (const name of overlayNames(stack)) {
        const overlay = block(stack, 'libvirt_volume', name);
        expect(overlay.lifecycle).toEqual({ create_before_destroy: true, ignore_changes: ['name'] });
        expect(overlay.name).toMatch(/\.\$\{formatdate\("YYYYMMDDhhmmss", plantimestamp\(\)\)\}\.qcow2$/);
      }
    });
  });

  it('data volumes, bases and the storage pool are guarded, their unguarded twins hold only what was retired', () => {
    checkFleets(generation, (fleet) => {
      const stack = stackOf(fleet);
      for (const { name, storageExists } of fleet.hosts) {
        for (const kind of ['data', 'bases']) {
          expect(block(stack, 'libvirt_volume', `${name}__${kind}`).lifecycle?.prevent_destroy).toBe(true);
        }
        if (!storageExists) expect(block(stack, 'libvirt_pool', name).lifecycle?.prevent_destroy).toBe(true);
        expect(blocks(stack, 'libvirt_pool')[name] === undefined).toBe(storageExists);
        const retired = fleet.bases
          .filter((base) => base.host === name && base.retired)
          .map((base) => base.name);
        const unguarded = Object.keys(block(stack, 'libvirt_volume', `${name}__retired-bases`).for_each!);
        expect(new Set(unguarded.map((key) => key.split('/')[0]))).toEqual(new Set(retired));
      }
    });
  });

  it('data volumes ignore what the code says of them once they exist', () => {
    checkFleets(generation, (fleet) => {
      const wanted =
        generation === '0.8'
          ? ['size', 'source', 'format', 'base_volume_id']
          : ['capacity', 'create', 'target', 'backing_store'];
      const stack = stackOf(fleet);
      for (const { name } of fleet.hosts) {
        const ignored = (kind: string): unknown =>
          block(stack, 'libvirt_volume', `${name}__${kind}`).lifecycle?.ignore_changes;
        expect(ignored('data')).toEqual(wanted);
        // What leaves the code of an archived volume that was given must not make it anew: nothing guards the archive.
        expect(ignored('archived')).toEqual([...wanted, 'name']);
      }
    });
  });

  it('everything of a host is made by its own provider, and the manifest knows every address', () => {
    checkFleets(generation, (fleet) => {
      const stack = stackOf(fleet);
      const { addresses } = manifest(stack);
      const known = new Map(
        Object.entries(addresses).map(([address, { host }]) => [address.split('[')[0]!, host]),
      );
      for (const [address, text] of resourceTexts(stack)) {
        const guarded = /^libvirt_volume\.(\w+)__(?:data|archived|bases|retired-bases)$/.exec(address);
        const host = guarded?.[1] ?? known.get(address);
        expect(host).toBeDefined();
        if (address.startsWith('libvirt_'))
          expect((JSON.parse(text) as { provider: string }).provider).toBe(`libvirt.${host!}`);
      }
    });
  });
});
