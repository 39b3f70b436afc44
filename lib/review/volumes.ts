import type { Case } from './case';
import type { ResourceChange } from './plan-json';
import { at, listAt, textAt } from './values';

/** What a reference to a volume leads to. */
export interface VolumeReference {
  /** The Terraform address, `undefined` when no volume of the plan is meant. */
  readonly address?: string;
  /** Whether the plan deletes the very file that is meant. */
  readonly gone: boolean;
  /** The reference as it stands, for a message. */
  readonly text: string;
}

/** Finds what an attribute of a machine refers to. */
export interface VolumeLookup {
  named(pool: string | undefined, name: string): VolumeReference;
  atPath(path: string): VolumeReference;
  referred(address: string, ...path: (string | number)[]): VolumeReference;
  literal(address: string, ...path: (string | number)[]): VolumeReference;
}

interface Entry {
  readonly address: string;
  readonly gone: boolean;
}

/**
 * Finds the address of the volume that an attribute refers to.
 *
 * Providers refer by path (0.8), or by storage pool and name (0.9); what is only known after apply is followed
 * through the references in the plan's configuration.
 */
export class VolumeIndex implements VolumeLookup {
  private readonly byName = new Map<string, Entry>();
  private readonly byPath = new Map<string, Entry>();

  constructor(private readonly given: Case) {
    const volumes = [...given.allChanges()].filter(({ type }) => type === 'libvirt_volume');
    // What goes first: a file that stays, or is made, takes the place of one that goes.
    for (const change of volumes) if (leaves(given, change)) this.add(change.before, change.address, true);
    for (const change of volumes) {
      if (given.effect(change.address) !== 'delete') this.add(change.after, change.address, false);
    }
  }

  /** A volume by storage pool and name. */
  named(pool: string | undefined, name: string): VolumeReference {
    return { ...(this.byName.get(`${pool}/${name}`) ?? { gone: false }), text: `${pool}/${name}` };
  }

  /** A volume by its path, or by the id that provider 0.8 makes of it. */
  atPath(path: string): VolumeReference {
    return { ...(this.byPath.get(path) ?? { gone: false }), text: path };
  }

  /** A volume by what the configuration refers to at a place, for what is only known after apply. */
  referred(address: string, ...path: (string | number)[]): VolumeReference {
    const expression = at(this.given.plan.expressions.get(address), ...path);
    const references = listAt(expression, 'references').filter(
      (one): one is string => typeof one === 'string',
    );
    return this.ofReferences(references);
  }

  /** A volume by the template that stands in the configuration at a place, such as `${libvirt_volume.a.name}`. */
  literal(address: string, ...path: (string | number)[]): VolumeReference {
    const inner = /^\$\{(.+)\}$/.exec(textAt(this.given.plan.expressions.get(address), ...path) ?? '')?.[1];
    return this.ofReferences(inner === undefined ? [] : [inner]);
  }

  private ofReferences(references: readonly string[]): VolumeReference {
    const volumes = references.flatMap(
      (reference) => /^libvirt_volume\.[\w-]+(?:\["(?:[^"\\]|\\.)*"\])?/.exec(reference) ?? [],
    );
    const precise = new Set(volumes.filter((one) => this.given.change(one) !== undefined));
    if (precise.size !== 1)
      return { gone: false, text: references.join(', ') || 'a value that is only known after apply' };
    const [address] = precise;
    return { address: address!, gone: this.given.effect(address) === 'delete', text: address! };
  }

  private add(values: unknown, address: string, gone: boolean): void {
    const name = textAt(values, 'name');
    if (name !== undefined) this.byName.set(`${textAt(values, 'pool')}/${name}`, { address, gone });
    for (const attribute of ['id', 'path', 'key']) {
      const path = textAt(values, attribute);
      if (path !== undefined) this.byPath.set(path, { address, gone });
    }
  }
}

function leaves(given: Case, { address }: ResourceChange): boolean {
  const effect = given.effect(address);
  return effect === 'delete' || effect === 'replace' || effect === 'forget';
}
