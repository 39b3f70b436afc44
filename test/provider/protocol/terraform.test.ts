import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SampleProject } from './sample-project';

let project: SampleProject;

beforeEach(() => {
  project = new SampleProject();
});

afterEach(() => project.remove());

/** A thing with a value in every attribute. */
function thing(value: { readonly text: string; readonly number: string; readonly flag: string }): string {
  const { text, number, flag } = value;
  const part = `{ label = ${text}, size = ${number}, on = ${flag} }`;
  return `resource "sample_thing" "a" {
  name = "a"
  text = ${text}
  secret = ${text}
  number = ${number}
  flag = ${flag}
  words = ["first", ${text}]
  numbers = [2.5, ${number}]
  labels = { k = ${text} }
  counts = { k = ${number} }
  one = ${part}
  many = [{ label = "no size" }, ${part}]
  named = { "a key" = ${part} }
  extra { note = ${text} }
}`;
}

const known = { text: '"grüße"', number: '0.1', flag: 'true' };

test('a thing with a value in every attribute is made, is as it was asked for, and goes', async () => {
  project.code(`${thing(known)}
data "sample_things" "all" { depends_on = [sample_thing.a] }
output "names" { value = data.sample_things.all.names }`);
  expect(await project.terraform('validate')).toMatchObject({ exitCode: 0 });
  const applied = await project.apply();
  expect(applied).toMatchObject({ exitCode: 0 });
  expect(applied.text).toContain('"a.json"');
  expect((await project.state())['sample_thing.a']).toEqual({
    name: 'a',
    text: 'grüße',
    secret: 'grüße',
    number: 0.1,
    flag: true,
    words: ['first', 'grüße'],
    numbers: [2.5, 0.1],
    labels: { k: 'grüße' },
    counts: { k: 0.1 },
    one: { label: 'grüße', size: 0.1, on: true },
    many: [
      { label: 'no size', size: 7, on: null },
      { label: 'grüße', size: 0.1, on: true },
    ],
    named: { 'a key': { label: 'grüße', size: 0.1, on: true } },
    extra: { note: 'grüße' },
    takes: null,
    path: join(project.folder, 'a.json'),
  });
  expect(await project.terraform('plan', '-detailed-exitcode')).toMatchObject({ exitCode: 0 });
  expect(await project.terraform('destroy', '-auto-approve')).toMatchObject({ exitCode: 0 });
  expect(readdirSync(project.folder)).toEqual([]);
  // Every provider process has ended by itself, and left nothing behind.
  const { configured, closed } = project.lives();
  expect(configured.length).toBeGreaterThan(4);
  expect(closed.sort()).toEqual(configured.sort());
  expect(project.sockets()).toEqual([]);
});

test('an unknown value may stand in every attribute, as a whole and within', async () => {
  const unknown = (name: string, value: string) => `resource "terraform_data" "${name}" { input = ${value} }`;
  const outputs = [
    unknown('text', '"t"'),
    unknown('number', '5'),
    unknown('flag', 'true'),
    unknown('parts', '[{ label = "x", size = 1, on = false }]'),
  ].join('\n');
  project.code(`${outputs}
${thing({ text: 'terraform_data.text.output', number: 'terraform_data.number.output', flag: 'terraform_data.flag.output' })}
resource "sample_thing" "whole" {
  name = "whole"
  words = terraform_data.text.output == "t" ? ["w"] : []
  labels = { for key in [terraform_data.text.output] : key => key }
  one = terraform_data.parts.output[0]
  many = terraform_data.parts.output
  named = { for part in terraform_data.parts.output : part.label => part }
}
resource "sample_thing" "named" { name = "by-\${terraform_data.text.output}" }`);
  const applied = await project.apply();
  expect(applied).toMatchObject({ exitCode: 0 });
  expect(applied.text).toMatch(/path += \(known after apply\)/);
  const state = await project.state();
  expect(state['sample_thing.a']).toMatchObject({ text: 't', numbers: [2.5, 5], extra: { note: 't' } });
  expect(state['sample_thing.whole']).toMatchObject({
    words: ['w'],
    labels: { t: 't' },
    many: [{ label: 'x', size: 1, on: false }],
    named: { x: { label: 'x' } },
  });
  expect(state['sample_thing.named']).toMatchObject({ path: join(project.folder, 'by-t.json') });
  expect(await project.terraform('plan', '-detailed-exitcode')).toMatchObject({ exitCode: 0 });
});

test('a mistake is shown at the attribute where it is', async () => {
  const at = async (text: string, provider = '') => {
    project.code(text, provider);
    const { exitCode, text: said } = await project.terraform('validate', '-json');
    const { diagnostics } = JSON.parse(said.slice(said.indexOf('{'))) as {
      diagnostics: { severity: string; summary: string; detail: string; snippet?: { code: string } }[];
    };
    return {
      exitCode,
      found: diagnostics
        .filter(({ summary }) => !summary.includes('development overrides'))
        .map(({ severity, summary, detail, snippet }) => [severity, summary, detail, snippet?.code.trim()]),
    };
  };
  const four = Array(4).fill('{ label = "l" }').join(', ');
  expect(
    await at(`resource "sample_thing" "a" {\nname = "bad"\nmany = [${four}]\nextra {\nnote = "bad"\n}\n}`),
  ).toEqual({
    exitCode: 1,
    found: [
      ['error', 'bad is no name', '', 'name = "bad"'],
      ['error', 'too many', 'At many[3].label.\n\nThree are enough.', `many = [${four}]`],
      ['error', 'bad note', '', 'note = "bad"'],
    ],
  });
  expect(await at('resource "sample_thing" "a" { name = "odd" }')).toMatchObject({
    exitCode: 0,
    found: [['warning', 'odd name', 'It is odd.', expect.any(String)]],
  });
  expect(await at('resource "sample_thing" "a" { name = "a" }', 'mode = "none"')).toMatchObject({
    exitCode: 1,
    found: [['error', 'none is no mode', '', 'mode = "none"']],
  });
});

test('a refusal in a plan or an apply is shown in its own words, and the state keeps what there is', async () => {
  project.code('resource "sample_thing" "a" {\nname = "a"\ntext = "keep"\n}');
  await project.apply();
  const destroyed = await project.terraform('destroy', '-auto-approve');
  expect(destroyed).toMatchObject({ exitCode: 1 });
  expect(destroyed.text).toContain('Error: it is to be kept: change text');

  project.code('resource "sample_thing" "a" {\nname = "a"\ntext = "fail"\n}');
  const failed = await project.apply();
  expect(failed).toMatchObject({ exitCode: 1 });
  expect(failed.text).toMatch(/Error: it failed as asked[^]*said by a tool/);
  // Of the half-done change nothing is known to Terraform, and the next look at the file finds it.
  expect((await project.state())['sample_thing.a']).toMatchObject({ text: 'keep' });

  project.code('resource "sample_thing" "a" { name = "broken" }');
  const broken = await project.apply();
  expect(broken.text).toContain('internal error of the provider regraft: broken as asked');
  expect(readFileSync(join(project.root, 'trace'), 'utf8')).toMatch(/TypeError: broken as asked[^]* at /);
});

test('another name makes the thing anew, and a state with attributes that are no more is read', async () => {
  project.code('resource "sample_thing" "a" { name = "a" }');
  await project.apply();
  const file = join(project.root, 'terraform.tfstate');
  const state = JSON.parse(readFileSync(file, 'utf8')) as {
    resources: { instances: { attributes: Record<string, unknown> }[] }[];
  };
  const { attributes } = state.resources[0]!.instances[0]!;
  attributes['gone'] = 'old';
  delete attributes['takes'];
  writeFileSync(file, JSON.stringify(state));
  expect(await project.terraform('plan', '-detailed-exitcode')).toMatchObject({ exitCode: 0 });
  project.code('resource "sample_thing" "a" { name = "b" }');
  expect((await project.apply()).text).toContain('1 added, 0 changed, 1 destroyed');
  expect(readdirSync(project.folder)).toEqual(['b.json']);
});

test('a thing that is there is imported, and one that is not is refused in words', async () => {
  project.code('resource "sample_thing" "a" { name = "a" }');
  await project.apply();
  await project.terraform('state', 'rm', 'sample_thing.a');
  const imported = await project.terraform('import', 'sample_thing.a', 'a');
  expect(imported).toMatchObject({ exitCode: 0 });
  expect(await project.terraform('plan', '-detailed-exitcode')).toMatchObject({ exitCode: 0 });
  await project.terraform('state', 'rm', 'sample_thing.a');
  expect((await project.terraform('import', 'sample_thing.a', 'z')).text).toContain(
    'there is no sample_thing with the ID "z" to import',
  );
});

test('a thing that is gone is made again', async () => {
  project.code('resource "sample_thing" "a" { name = "a" }');
  await project.apply();
  const file = join(project.folder, 'a.json');
  rmSync(file);
  expect((await project.apply()).text).toContain('1 added, 0 changed, 0 destroyed');
  expect(existsSync(file)).toBe(true);
});

test('values beyond four megabytes go both ways', async () => {
  project.code(
    'resource "sample_thing" "a" {\nname = "a"\ntext = join("", [for n in range(1024) : format("%8192s", "x")])\n}',
  );
  expect(await project.apply()).toMatchObject({ exitCode: 0 });
  expect(await project.terraform('plan', '-detailed-exitcode')).toMatchObject({ exitCode: 0 });
});

test('the schema is read by Terraform as it was written', async () => {
  project.code('');
  const { text } = await project.terraform('providers', 'schema', '-json');
  const { provider_schemas: schemas } = JSON.parse(text.slice(text.indexOf('{'))) as {
    provider_schemas: Record<string, unknown>;
  };
  const markdown = { description: 'A part of the sample.', description_kind: 'markdown' };
  expect(schemas['registry.terraform.io/regraft/sample']).toMatchObject({
    provider: {
      block: {
        attributes: { mode: { type: 'string', optional: true, ...markdown } },
        block_types: { folder: { nesting_mode: 'single', min_items: 1, max_items: 1 } },
      },
    },
    resource_schemas: {
      sample_thing: {
        version: 0,
        block: {
          description: 'A file in a folder.',
          attributes: {
            name: { type: 'string', required: true },
            secret: { sensitive: true },
            numbers: { type: ['list', 'number'] },
            labels: { type: ['map', 'string'] },
            one: {
              nested_type: {
                nesting_mode: 'single',
                attributes: { size: { type: 'number', optional: true, computed: true } },
              },
            },
            many: { nested_type: { nesting_mode: 'list' } },
            named: { nested_type: { nesting_mode: 'map' } },
            path: { computed: true },
          },
          block_types: { extra: { nesting_mode: 'single' } },
        },
      },
    },
  });
});
