import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { definition } from '../../../lib/provider/definition';
import { providerDocs } from '../../../scripts/provider-docs';

const folder = join(__dirname, '../../../docs/provider');

test('the pages for the registry are those that the schemas and the examples make, and no others', () => {
  // Write them anew with: npx tsx scripts/provider-docs.ts
  const committed = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name): [string, string] => [name, readFileSync(join(folder, name), 'utf8')]);
  expect(Object.fromEntries(committed)).toEqual(providerDocs());
});

test('each resource and data source of the provider has its page', () => {
  const pages = [
    ...Object.keys(definition.resources).map((name) => `resources/${name.replace('regraft_', '')}.md`),
    ...Object.keys(definition.dataSources).map((name) => `data-sources/${name.replace('regraft_', '')}.md`),
  ];
  expect(Object.keys(providerDocs()).sort()).toEqual([...pages, 'index.md'].sort());
});

test('each link within a page leads to an anchor of it', () => {
  for (const text of Object.values(providerDocs())) {
    const links = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, name]) => name);
    const anchors = [...text.matchAll(/<a id="([^"]+)">/g)].map(([, name]) => name);
    expect(links.sort()).toEqual(anchors.sort());
  }
});
