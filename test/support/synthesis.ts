import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, TerraformStack } from 'cdktf';
import type { Manifest } from 'regraft';
import { outputValue } from '../../lib/model/manifest';

/** A resource block as it stands in a synthesized stack. */
export interface Block {
  readonly name: string;
  readonly provider?: string;
  readonly for_each?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly lifecycle?: {
    readonly prevent_destroy?: boolean;
    readonly create_before_destroy?: boolean;
    readonly ignore_changes?: readonly string[];
  };
  readonly [attribute: string]: unknown;
}

/** A synthesized stack, as far as the tests read it. */
export interface StackJson {
  readonly terraform: {
    readonly required_providers: Readonly<Record<string, { source: string; version: string }>>;
  };
  readonly provider: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
  readonly resource: Readonly<Record<string, Readonly<Record<string, Block>>>>;
  readonly output: { readonly regraft: { readonly value: Manifest } };
  readonly moved?: readonly { readonly from: string; readonly to: string }[];
}

/** What `app.synth()` has written of one stack. */
export interface Synthesized {
  readonly text: string;
  readonly json: StackJson;
}

/** What a test says of the app besides its constructs. */
export interface SynthesisOptions {
  readonly context?: Readonly<Record<string, unknown>>;
  readonly stack?: string;
}

/** Synthesizes a stack as `cdktf synth` does, validations included, and reads the file that it wrote. */
export function synthesize(
  declare: (stack: TerraformStack) => void,
  options: SynthesisOptions = {},
): Synthesized {
  const { context = {}, stack: id = 'lab' } = options;
  const outdir = mkdtempSync(join(tmpdir(), 'regraft-synth-'));
  try {
    const app = new App({ outdir, context, stackTraces: false });
    declare(new TerraformStack(app, id));
    app.synth();
    const text = readFileSync(join(outdir, 'stacks', id, 'cdk.tf.json'), 'utf8');
    return { text, json: stackJson(text) };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** A synthesized stack as it was written, with its manifest read. */
export function stackJson(text: string): StackJson {
  const { output, ...stack } = JSON.parse(text) as StackJson;
  const { value, ...about } = output.regraft;
  return { ...stack, output: { regraft: { ...about, value: outputValue('regraft', value) as Manifest } } };
}

/** The messages of the one error that a stack is refused with; none when it is taken. */
export function refusals(declare: (stack: TerraformStack) => void, options: SynthesisOptions = {}): string[] {
  try {
    synthesize(declare, options);
  } catch (error) {
    const { message } = error as Error;
    const start = 'Validation failed with the following errors:\n';
    if (!message.startsWith(start)) throw error;
    // Each begins with the path of its construct; a textual diff has lines of its own.
    const [list] = message.slice(start.length).split('\n\nIf you wish to ignore');
    return list!
      .trim()
      .split(/\n {2}(?=\[)/)
      .map((line) => line.replace(/^\s*\[[^\]]*\] /, ''));
  }
  return [];
}

/** All blocks of a type, by name. */
export function blocks({ json }: Synthesized, type: string): Readonly<Record<string, Block>> {
  return json.resource[type] ?? {};
}

/** One block; a test that misspells it fails. */
export function block(stack: Synthesized, type: string, name: string): Block {
  const found = blocks(stack, type)[name];
  if (!found) throw new Error(`no ${type}.${name}, there are ${Object.keys(blocks(stack, type)).join(', ')}`);
  return found;
}

/** The manifest that the stack carries as its output. */
export function manifest({ json }: Synthesized): Manifest {
  return json.output.regraft.value;
}
