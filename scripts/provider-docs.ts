/**
 * The provider's pages in the format of Terraform's registry, from its schemas and from examples/hcl.
 *
 * `npx tsx scripts/provider-docs.ts` writes docs/provider anew.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Attribute, Attributes, Schema } from '../lib/provider/protocol/schema';
import { baseSchema } from '../lib/provider/schema/base';
import { cloneSchema } from '../lib/provider/schema/clone';
import { clonesSchema, dependentsSchema } from '../lib/provider/schema/data-sources';
import { providerSchema } from '../lib/provider/schema/provider';

const root = join(__dirname, '..');
const CLASSROOM = 'examples/hcl/classroom/main.tf';
const SINGLE = 'examples/hcl/single/main.tf';

interface Page {
  readonly title: string;
  readonly kind: 'Provider' | 'Resource' | 'Data Source';
  readonly schema: Schema;
  /** HCL. */
  readonly example: string;
  /** The address and the ID of `terraform import`, and what the ID is. */
  readonly import?: { readonly address: string; readonly id: string; readonly what: string };
}

/** The pages by their paths below `docs/provider`. */
export function providerDocs(): Readonly<Record<string, string>> {
  const pages: Record<string, Page> = {
    'index.md': {
      title: 'regraft',
      kind: 'Provider',
      schema: providerSchema,
      example: [
        blockOf(SINGLE, 'terraform'),
        blockOf(SINGLE, 'provider "regraft"'),
        blockOf(SINGLE, 'resource "regraft_base"'),
        blockOf(SINGLE, 'resource "regraft_clone"'),
      ].join('\n\n'),
    },
    'resources/base.md': {
      title: 'regraft_base',
      kind: 'Resource',
      schema: baseSchema,
      example: blockOf(CLASSROOM, 'resource "regraft_base"'),
      import: { address: 'regraft_base.debian["debian-12"]', id: 'debian-12', what: 'name of the base' },
    },
    'resources/clone.md': {
      title: 'regraft_clone',
      kind: 'Resource',
      schema: cloneSchema,
      example: blockOf(CLASSROOM, 'resource "regraft_clone"'),
      import: {
        address: 'regraft_clone.student["student-01"]',
        id: 'student-01',
        what: 'name of the machine in libvirt',
      },
    },
    'data-sources/clones.md': {
      title: 'regraft_clones',
      kind: 'Data Source',
      schema: clonesSchema,
      example: [blockOf(CLASSROOM, 'data "regraft_clones"'), blockOf(CLASSROOM, 'output "bases"')].join(
        '\n\n',
      ),
    },
    'data-sources/dependents.md': {
      title: 'regraft_dependents',
      kind: 'Data Source',
      schema: dependentsSchema,
      example: blockOf(CLASSROOM, 'data "regraft_dependents"'),
    },
  };
  return Object.fromEntries(Object.entries(pages).map(([path, page]) => [path, pageText(page)]));
}

/** One top-level block of an example, as it is written there. */
function blockOf(file: string, header: string): string {
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  const from = lines.findIndex((line) => line.startsWith(header));
  const to = lines.indexOf('}', from);
  if (from < 0 || to < 0) throw new Error(`${file} has no block ${header}`);
  return lines.slice(from, to + 1).join('\n');
}

function pageText({ title, kind, schema, example, import: imported }: Page): string {
  const summary = schema.description.split(/(?<=\.) /)[0]!;
  const heading = kind === 'Provider' ? `${title} Provider` : `${title} (${kind})`;
  const parts = [
    `---\npage_title: ${JSON.stringify(kind === 'Provider' ? heading : `${title} ${kind} - regraft`)}\nsubcategory: ""\ndescription: |-\n  ${summary}\n---`,
    `<!-- Made from lib/provider/schema and examples/hcl by scripts/provider-docs.ts; change it there. -->`,
    `# ${heading}`,
    schema.description,
    `## Example Usage`,
    fenced('terraform', example),
    `## Schema`,
    ...schemaText(schema),
    ...(imported ? importText(imported) : []),
  ];
  return `${parts.join('\n\n')}\n`;
}

function importText({ address, id, what }: NonNullable<Page['import']>): string[] {
  return [
    `## Import`,
    `By the ${what}, in a block:`,
    fenced('terraform', `import {\n  to = ${address}\n  id = ${JSON.stringify(id)}\n}`),
    `or by the command, which takes no \`provider\` block with \`plan_time = plantimestamp()\` ("depends on values that cannot be determined until apply"):`,
    fenced('shell', `terraform import '${address}' ${id}`),
  ];
}

function schemaText({ attributes, blocks = {} }: Schema): string[] {
  const asAttributes = Object.entries(blocks).map(
    ([name, { description, required, attributes: inner }]): [string, Attribute] => [
      name,
      {
        description,
        ...(required ? { required } : { optional: true }),
        nested: { nesting: 'single', attributes: inner },
      },
    ],
  );
  const isBlock = (name: string): boolean => name in blocks;
  return listsOf({ ...attributes, ...Object.fromEntries(asAttributes) }, '', '###', isBlock);
}

/** What is required, optional and read-only, then the nested schemas, each with an anchor. */
function listsOf(
  attributes: Attributes,
  path: string,
  level: string,
  isBlock: (name: string) => boolean = () => false,
): string[] {
  const all = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  const group = (title: string, has: (one: Attribute) => boolean): string[] => {
    const lines = all
      .filter(([, one]) => has(one))
      .map(([name, one]) => lineOf(name, one, path, isBlock(name)));
    if (lines.length === 0) return [];
    return [level === '' ? `${title}:` : `${level} ${title}`, lines.join('\n')];
  };
  const nested = all.flatMap(([name, { nested: inner }]) => {
    if (!inner) return [];
    const at = `${path}${name}`;
    return [
      `<a id="${anchorOf(at)}"></a>\n\n### Nested Schema for \`${at}\``,
      ...listsOf(inner.attributes, `${at}.`, ''),
    ];
  });
  return [
    ...group('Required', ({ required }) => required === true),
    ...group('Optional', ({ optional }) => optional === true),
    ...group('Read-Only', ({ required, optional }) => !required && !optional),
    ...nested,
  ];
}

function lineOf(name: string, one: Attribute, path: string, block: boolean): string {
  const type = block ? 'Block' : typeOf(one);
  const sensitive = one.sensitive ? ', Sensitive' : '';
  const more = one.nested ? ` (see [below for nested schema](#${anchorOf(`${path}${name}`)}))` : '';
  return `- \`${name}\` (${type}${sensitive}) ${one.description}${more}`;
}

function typeOf({ type, nested }: Attribute): string {
  if (nested) return nested.nesting === 'single' ? 'Attributes' : `Attributes ${capital(nested.nesting)}`;
  if (typeof type === 'string') return type === 'bool' ? 'Boolean' : capital(type);
  const [collection, of] = type!;
  return `${capital(collection)} of ${capital(of)}`;
}

function anchorOf(path: string): string {
  return `nestedatt--${path.replaceAll('.', '--')}`;
}

function capital(word: string): string {
  return word[0]!.toUpperCase() + word.slice(1);
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

if (require.main === module) {
  for (const [path, text] of Object.entries(providerDocs())) {
    const file = join(root, 'docs/provider', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
