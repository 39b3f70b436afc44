import { z } from 'zod';
import type { InnerObject } from '../dialects/regraft/objects';
import { innerObjects, isComposed } from '../dialects/regraft/objects';
import { jsonOf } from '../model/json';
import { MANIFEST_OUTPUT, outputValue } from '../model/manifest';
import { UserError } from '../model/user-error';

/** The version of Terraform's state format that is read. */
const FORMAT = 4;

const stateJson = z.object({
  version: z.number(),
  serial: z.number(),
  lineage: z.string(),
  outputs: z.record(z.string(), z.object({ value: z.unknown() })).default({}),
  resources: z
    .array(
      z.object({
        module: z.string().optional(),
        mode: z.string(),
        type: z.string(),
        name: z.string(),
        instances: z.array(
          z.object({
            index_key: z.union([z.string(), z.number()]).optional(),
            status: z.string().optional(),
            deposed: z.string().optional(),
            attributes: z.record(z.string(), z.unknown()).nullish(),
          }),
        ),
      }),
    )
    .default([]),
});

/** One object in a state. */
export interface StateObject {
  readonly address: string;
  readonly type: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Whether Terraform takes it for broken and would make it anew. */
  readonly tainted: boolean;
  /** The key of an object that waits for its deletion since a run that broke off. */
  readonly deposed?: string;
}

/** A state: where it stands, what it holds and what it says. */
export interface State {
  readonly lineage: string;
  readonly serial: number;
  /** The managed objects; of regraft's own provider, the machines and volumes in its resources. */
  readonly objects: readonly StateObject[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

/**
 * Reads what `terraform state pull` prints.
 *
 * @throws UserError when it is none, or of another format
 */
export function parseState(text: string): State {
  const parsed = stateJson.safeParse(jsonOf(text));
  if (!parsed.success) throw new UserError('the state is not one of Terraform: look at terraform state pull');
  const { version, serial, lineage, outputs, resources } = parsed.data;
  if (version !== FORMAT) {
    throw new UserError(`the state has format ${version}, expected ${FORMAT}: use a regraft that reads it`);
  }
  const values = Object.fromEntries(
    Object.entries(outputs).map(([name, { value }]) => [name, outputValue(name, value)]),
  );
  const declared = (values[MANIFEST_OUTPUT] as { addresses?: object } | null | undefined)?.addresses;
  return {
    serial,
    lineage,
    outputs: values,
    objects: opened(
      resources
        .filter(({ mode }) => mode === 'managed')
        .flatMap(({ module, type, name, instances }) =>
          instances.map(({ index_key: key, status, deposed, attributes }) => ({
            address: `${module === undefined ? '' : `${module}.`}${type}.${name}${key === undefined ? '' : `[${JSON.stringify(key)}]`}`,
            type,
            attributes: attributes ?? {},
            tainted: status === 'tainted',
            ...(deposed === undefined ? {} : { deposed }),
          })),
        ),
      new Set(Object.keys(declared ?? {})),
    ),
  };
}

/** The objects with the resources of regraft's own provider opened; one file is one object, which the manifest knows. */
function opened(objects: readonly StateObject[], declared: ReadonlySet<string>): StateObject[] {
  const inner = objects.map((object) =>
    isComposed(object.type) ? innerObjects(object.address, object.type, object.attributes) : [],
  );
  const known = new Set(
    inner.flat().flatMap((one) => (declared.has(one.address) ? [one.values['path']] : [])),
  );
  const isOther = ({ address, kind, values }: InnerObject): boolean =>
    kind === 'archived' && !declared.has(address) && known.has(values['path']);
  return objects.flatMap((object, index) =>
    isComposed(object.type)
      ? inner[index]!.filter((one) => !isOther(one)).map(({ address, type, values }) => ({
          ...object,
          address,
          type,
          attributes: values,
        }))
      : [object],
  );
}
