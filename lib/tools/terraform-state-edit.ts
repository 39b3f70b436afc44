import { randomUUID } from 'node:crypto';
import { UserError } from '../model/user-error';

/** An object that is to be written into a state. */
export interface NewObject {
  /** `TYPE.NAME` or `TYPE.NAME["KEY"]`. */
  readonly address: string;
  /** The provider's configuration as a state names it: `provider["HOST/NAMESPACE/TYPE"].ALIAS`. */
  readonly provider: string;
  readonly attributes: object;
  /** The resources that it depends on, as `TYPE.NAME`. */
  readonly dependencies: readonly string[];
  /** Whether Terraform deletes it after what replaces it was made, as it notes of all that overlays depend on. */
  readonly createBeforeDestroy: boolean;
}

/** An output as a state has it. */
export interface StateOutput {
  readonly value: unknown;
  /** Terraform's word for its type. */
  readonly type: unknown;
  readonly sensitive?: boolean | undefined;
}

interface Instance {
  readonly index_key?: string;
}

interface Resource {
  readonly module?: string;
  readonly mode: string;
  readonly type: string;
  readonly name: string;
  readonly provider: string;
  readonly instances: Instance[];
}

interface StateText {
  serial: number;
  outputs?: Readonly<Record<string, StateOutput>>;
  readonly resources: Resource[];
}

/**
 * A state with more objects in it, one step on in its history; all else is as it was.
 *
 * @param text the state as `terraform state pull` prints it; without one, a new state is begun
 * @throws UserError when an object is in it already, or when it holds numbers that would not stay exact
 */
export function withObjects(text: string | undefined, objects: readonly NewObject[]): string {
  if (text !== undefined && /\d{16}/.test(text.replace(/"(?:[^"\\]|\\.)*"/g, '""')))
    throw new UserError(
      'the state holds a number of more than 15 digits, which regraft cannot write back exactly: edit it by hand (docs/repair.md)',
    );
  const state = (
    text === undefined
      ? { version: 4, serial: 0, lineage: randomUUID(), outputs: {}, resources: [] }
      : JSON.parse(text)
  ) as StateText;
  for (const { address, provider, attributes, dependencies, createBeforeDestroy } of objects) {
    const [, type, name, key] = /^(\w+)\.([\w-]+)(?:\[(".*")\])?$/.exec(address)!;
    const index = key === undefined ? {} : { index_key: JSON.parse(key) as string };
    const resource = resourceIn(state, { type: type!, name: name!, provider });
    if (resource.instances.some(({ index_key: one }) => one === index.index_key))
      throw new UserError(`the state has ${address} already: plan the repair again`);
    resource.instances.push({
      ...index,
      ...{ schema_version: 0, attributes, sensitive_attributes: [], dependencies },
      ...(createBeforeDestroy ? { create_before_destroy: true } : {}),
    });
  }
  state.serial += 1;
  return `${JSON.stringify(state, null, 2)}\n`;
}

/**
 * A state without some objects, one step on in its history; all else is as it was, and nothing happens to what they are.
 *
 * @throws UserError when it holds numbers that would not stay exact
 */
export function withoutObjects(text: string, addresses: readonly string[]): string {
  const state = JSON.parse(withObjects(text, [])) as StateText & {
    resources: (Resource & { instances: (Instance & { index_key?: string | number })[] })[];
  };
  const resources = state.resources
    .map((resource) => {
      const { module, type, name, instances } = resource;
      const block = `${module === undefined ? '' : `${module}.`}${type}.${name}`;
      const left = instances.filter(
        ({ index_key: key }) =>
          !addresses.includes(key === undefined ? block : `${block}[${JSON.stringify(key)}]`),
      );
      return { ...resource, instances: left };
    })
    .filter(({ instances }) => instances.length > 0);
  return `${JSON.stringify({ ...state, resources }, null, 2)}\n`;
}

/** A state with other outputs, at the same step of its history; all else is as it was. */
export function withOutputs(text: string, outputs: Readonly<Record<string, StateOutput>>): string {
  return `${JSON.stringify({ ...(JSON.parse(text) as StateText), outputs }, null, 2)}\n`;
}

function resourceIn(
  { resources }: StateText,
  { type, name, provider }: Pick<Resource, 'type' | 'name' | 'provider'>,
): Resource {
  const found = resources.find(
    (one) => one.module === undefined && one.mode === 'managed' && one.type === type && one.name === name,
  );
  if (found) return found;
  const made = { mode: 'managed', type, name, provider, instances: [] };
  resources.push(made);
  return made;
}

/**
 * A state one step on from another, that holds what it held before.
 *
 * @param before without it, nothing
 */
export function withObjectsOf(before: string | undefined, after: string): string {
  const { resources, outputs } =
    before === undefined ? { resources: [], outputs: {} } : (JSON.parse(before) as StateText);
  const state = JSON.parse(after) as StateText;
  return `${JSON.stringify({ ...state, serial: state.serial + 1, outputs, resources }, null, 2)}\n`;
}
