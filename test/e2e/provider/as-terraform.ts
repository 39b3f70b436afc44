import { isDeepStrictEqual } from 'node:util';
import { sideBySide } from '../../../lib/model/side-by-side';
import type { Configuration } from '../../../lib/provider/configuration';
import { definition } from '../../../lib/provider/definition';
import type { Diagnostic } from '../../../lib/provider/protocol/provider';
import type { Attributes } from '../../../lib/provider/protocol/schema';
import type { ObjectValue, Value } from '../../../lib/provider/protocol/values';
import { UNKNOWN } from '../../../lib/provider/protocol/values';

/** A configuration: what is left out is null. */
export type Written = Readonly<Record<string, unknown>>;

/** Resources by address, `regraft_base.NAME` and `regraft_clone.NAME`, in the order of their references. */
export type Code = Readonly<Record<string, Written>>;

/** A plan or an apply that had errors. */
export class Refused extends Error {
  constructor(readonly diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(({ severity, summary }) => `${severity}: ${summary}`).join('\n'));
  }

  /** The attributes that the errors are at. */
  get attributes(): string[] {
    return this.diagnostics
      .filter(({ severity }) => severity === 'error')
      .map(({ attribute }) => (attribute ?? []).map((step) => stepText(step)).join('.'));
  }
}

/** What a plan or an apply came to. */
export interface Done {
  /** The addresses that it changes, with what becomes of each. */
  readonly changed: Readonly<Record<string, 'create' | 'update' | 'delete'>>;
  readonly warnings: readonly string[];
}

/**
 * What Terraform does with a provider, with its rules: another process (here: another configuration) for plan and for
 * apply, a plan that is the same when it is asked for again, and a result that is what was planned.
 */
export class AsTerraform {
  readonly state = new Map<string, ObjectValue>();
  /** Aborted as by Ctrl-C; a new one before the next apply. */
  interrupt = new AbortController();
  /** How many resources are applied at the same time (`-parallelism`). */
  parallelism = 10;

  constructor(private readonly provider: () => Written) {}

  /** Validates, refreshes and plans; changes nothing but the refreshed state. */
  async plan(code: Code): Promise<Done> {
    this.validate(code);
    return this.with((configuration) => this.planAll(code, configuration, new Map()));
  }

  /** Plans, then applies what was planned. */
  async apply(code: Code): Promise<Done> {
    this.validate(code);
    const plans = new Map<string, ObjectValue | null>();
    // Terraform keeps the plan's time for the apply.
    const provider = this.provider();
    const planned = await this.with((configuration) => this.planAll(code, configuration, plans), provider);
    const diagnostics: Diagnostic[] = [];
    await this.with(async (configuration) => {
      const gone = [...this.state.keys()].filter((address) => !(address in code));
      const isClone = (address: string): boolean => address.startsWith('regraft_clone');
      await this.together(gone.filter(isClone), code, plans, configuration, diagnostics);
      await this.together(
        gone.filter((address) => !isClone(address)),
        code,
        plans,
        configuration,
        diagnostics,
      );
      const kept = Object.keys(code);
      await this.together(
        kept.filter((address) => !isClone(address)),
        code,
        plans,
        configuration,
        diagnostics,
      );
      await this.together(kept.filter(isClone), code, plans, configuration, diagnostics);
    }, provider);
    const all = [...planned.warnings, ...textsOf(diagnostics, 'warning')];
    if (diagnostics.some(({ severity }) => severity === 'error')) throw new Refused(diagnostics);
    return { changed: planned.changed, warnings: all };
  }

  /** `terraform import`. */
  async import(address: string, id: string): Promise<string[]> {
    return this.with(async (configuration) => {
      const { state, diagnostics = [] } = await typeOf(address).import(id, configuration);
      if (state === null) throw new Refused(diagnostics);
      checked(typeOf(address).schema.attributes, state, address);
      this.state.set(address, state);
      return textsOf(diagnostics, 'warning');
    });
  }

  /** Reads a data source. */
  async data(type: string, config: Written): Promise<ObjectValue> {
    return this.with(async (configuration) => {
      const source = definition.dataSources[type]!;
      const { state, diagnostics = [] } = await source.read(
        filled(source.schema.attributes, config),
        configuration,
      );
      if (state === null) throw new Refused(diagnostics);
      return state;
    });
  }

  /** The attributes of a clone in the state. */
  clone(name: string): CloneAttributes {
    return this.state.get(`regraft_clone.${name}`) as unknown as CloneAttributes;
  }

  private validate(code: Code): void {
    const found = Object.entries(code).flatMap(([address, written]) =>
      typeOf(address).validate(filled(typeOf(address).schema.attributes, written)),
    );
    if (found.some(({ severity }) => severity === 'error')) throw new Refused(found);
  }

  private async with<Result>(
    act: (configuration: Configuration) => Promise<Result>,
    provider = this.provider(),
  ): Promise<Result> {
    const { schema } = definition;
    const { storage, ...written } = provider;
    const block = filled(schema.blocks!['storage']!.attributes, storage as Written);
    const config = { ...filled(schema.attributes, written), storage: block };
    const { configuration, diagnostics = [] } = await definition.configure(config, '1.11.4');
    if (!configuration) throw new Refused(diagnostics);
    try {
      return await act(configuration);
    } finally {
      await definition.close(configuration);
    }
  }

  private async planAll(
    code: Code,
    configuration: Configuration,
    plans: Map<string, ObjectValue | null>,
  ): Promise<Done> {
    const changed: Record<string, 'create' | 'update' | 'delete'> = {};
    const diagnostics: Diagnostic[] = [];
    for (const [address, before] of [...this.state]) {
      const read = await typeOf(address).read({ state: before, private: NONE }, configuration);
      diagnostics.push(...(read.diagnostics ?? []));
      if (read.state === null) this.state.delete(address);
      else this.state.set(address, checked(typeOf(address).schema.attributes, read.state, address));
    }
    for (const address of [...Object.keys(code), ...[...this.state.keys()].filter((one) => !(one in code))]) {
      const prior = this.state.get(address) ?? null;
      const response = await this.ask(address, code, configuration);
      diagnostics.push(...(response.diagnostics ?? []));
      plans.set(address, response.planned);
      if (response.planned === null) changed[address] = 'delete';
      else if (prior === null) changed[address] = 'create';
      else if (!isDeepStrictEqual(plain(prior), plain(response.planned))) changed[address] = 'update';
    }
    if (diagnostics.some(({ severity }) => severity === 'error')) throw new Refused(diagnostics);
    return { changed, warnings: textsOf(diagnostics, 'warning') };
  }

  private async ask(address: string, code: Code, configuration: Configuration) {
    const { schema } = typeOf(address);
    const prior = this.state.get(address) ?? null;
    const config = address in code ? filled(schema.attributes, code[address]!) : null;
    // What is computed is filled in from the state; the plans here read the configuration.
    return typeOf(address).plan({ prior, priorPrivate: NONE, proposed: config, config }, configuration);
  }

  private async together(
    addresses: readonly string[],
    code: Code,
    plans: ReadonlyMap<string, ObjectValue | null>,
    configuration: Configuration,
    diagnostics: Diagnostic[],
  ): Promise<void> {
    await sideBySide(this.parallelism, addresses, async (address) => {
      const { schema } = typeOf(address);
      const prior = this.state.get(address) ?? null;
      const again = await this.ask(address, code, configuration);
      const planned = again.planned;
      const errors = (again.diagnostics ?? []).filter(({ severity }) => severity === 'error');
      if (errors.length > 0) return void diagnostics.push(...errors);
      if (!isDeepStrictEqual(plain(planned), plain(plans.get(address)!)))
        throw new Error(
          `Provider produced inconsistent final plan of ${address}: ${text(plans.get(address)!)} then ${text(planned)}`,
        );
      if (planned !== null && isDeepStrictEqual(plain(prior), plain(planned))) return;
      const config = address in code ? filled(schema.attributes, code[address]!) : null;
      const done = await typeOf(address).apply(
        { prior, planned, config, plannedPrivate: NONE, signal: this.interrupt.signal },
        configuration,
      );
      const failed = (done.diagnostics ?? []).some(({ severity }) => severity === 'error');
      diagnostics.push(...(done.diagnostics ?? []));
      if (!failed) refuseInconsistent(address, planned, done.state);
      if (done.state === null) this.state.delete(address);
      else this.state.set(address, checked(schema.attributes, done.state, address));
    });
  }
}

/** A clone in the state, as far as tests look at it. */
export interface CloneAttributes {
  readonly base: string;
  readonly retain: string | null;
  readonly uuid: string;
  readonly volumes: Readonly<Record<string, { readonly path: string | null; readonly size: number }>>;
  readonly retained: Readonly<Record<string, string>>;
  readonly archived: Readonly<Record<string, string>>;
  readonly drift: readonly string[];
}

const NONE = Buffer.alloc(0);

function typeOf(address: string) {
  return definition.resources[address.split('.')[0]!]!;
}

function filled(attributes: Attributes, written: Written): ObjectValue {
  const stranger = Object.keys(written).find((name) => !(name in attributes));
  if (stranger !== undefined) throw new Error(`there is no attribute ${stranger}`);
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { nested }]): [string, Value] => {
      const value = written[name];
      if (value === undefined || value === null) return [name, null];
      if (!nested || value === UNKNOWN) return [name, value as Value];
      if (nested.nesting === 'single') return [name, filled(nested.attributes, value as Written)];
      const entries = Object.entries(value as Readonly<Record<string, Written>>);
      return [name, Object.fromEntries(entries.map(([key, one]) => [key, filled(nested.attributes, one)]))];
    }),
  );
}

/** Every attribute of the schema and no other is there, and nothing is unknown. */
function checked(attributes: Attributes, value: ObjectValue, at: string): ObjectValue {
  const [wanted, found] = [Object.keys(attributes).sort(), Object.keys(value).sort()];
  if (!isDeepStrictEqual(wanted, found))
    throw new Error(`${at} has ${found.join()}, expected ${wanted.join()}`);
  for (const [name, { nested }] of Object.entries(attributes)) {
    const one = value[name]!;
    if (one === UNKNOWN) throw new Error(`${at}.${name} is unknown after apply`);
    if (one === null || !nested) continue;
    if (nested.nesting === 'single') checked(nested.attributes, one as ObjectValue, `${at}.${name}`);
    else
      for (const [key, part] of Object.entries(one as ObjectValue))
        checked(nested.attributes, part as ObjectValue, `${at}.${name}[${key}]`);
  }
  return value;
}

/** Terraform takes no other value than the one that was planned, where it was known. */
function refuseInconsistent(at: string, planned: Value, found: Value): void {
  if (planned === UNKNOWN) return;
  if (typeof planned !== 'object' || planned === null || typeof found !== 'object' || found === null) {
    if (!isDeepStrictEqual(planned, found))
      throw new Error(
        `Provider produced inconsistent result: ${at} is ${text(found)}, planned ${text(planned)}`,
      );
    return;
  }
  const [one, other] = [planned as ObjectValue, found as ObjectValue];
  for (const name of new Set([...Object.keys(one), ...Object.keys(other)]))
    refuseInconsistent(`${at}.${name}`, one[name] ?? null, other[name] ?? null);
}

function plain(value: Value): unknown {
  return JSON.parse(text(value));
}

function text(value: Value): string {
  return JSON.stringify(value, (_, one: unknown) => (one === UNKNOWN ? '(known after apply)' : one));
}

function textsOf(diagnostics: readonly Diagnostic[], severity: Diagnostic['severity']): string[] {
  return diagnostics.filter((one) => one.severity === severity).map(({ summary }) => summary);
}

function stepText(step: string | { readonly key: string } | { readonly index: number }): string {
  if (typeof step === 'string') return step;
  return 'key' in step ? step.key : String(step.index);
}
