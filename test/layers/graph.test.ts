import { instance } from '@viz-js/viz';
import fc from 'fast-check';
import { dotGraph, hostGraph, mermaidGraph } from '../../lib/layers';
import { domain, file, forests, input, POOL } from './forest';

const BASE = `${POOL}/b0.root.base.qcow2`;

test('the same host gives the same picture, whatever order libvirt has', () => {
  fc.assert(
    fc.property(forests, (host) => {
      const { files, domains } = host.contents;
      const sorted = [...files].sort((one, other) => (one.path < other.path ? -1 : 1));
      const turned = { ...host.contents, files: sorted, domains: [...domains].reverse() };
      const picture = hostGraph({ ...host, contents: { ...host.contents, files: sorted } });
      expect(hostGraph({ ...host, contents: turned })).toEqual(picture);
    }),
  );
});

test('every edge is between two nodes, and every machine and every file in a chain is one', () => {
  fc.assert(
    fc.property(forests, (host) => {
      const { nodes, edges } = hostGraph(host);
      const ids = new Set(nodes.map(({ id }) => id));
      expect(ids.size).toBe(nodes.length);
      for (const { from, to } of edges) expect([ids.has(from), ids.has(to)]).toEqual([true, true]);
      const text = nodes.map(({ lines }) => lines[0]).join('\n');
      for (const { name } of host.contents.domains) expect(text).toContain(name);
      for (const { name, backing } of host.contents.files) if (backing) expect(text).toContain(name);
    }),
  );
});

test('no name of a file or machine is taken for a word of Graphviz or Mermaid', async () => {
  const graphviz = await instance();
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'binary' }), (text) => {
      const name = text.replace(/[/\0]/g, '-');
      const nasty = `/other/${name}`;
      const graph = hostGraph(
        input([file(BASE), file(nasty, { backing: { path: BASE } })], [domain(`"]; ${name}`, [nasty])]),
      );
      const drawn = graphviz.renderJSON(dotGraph([graph])) as {
        objects: { name: string; shape?: string }[];
      };
      // Graphviz read the nodes that there are, and no other.
      const nodes = drawn.objects.filter(({ shape }) => shape !== undefined);
      expect(nodes.map(({ name: id }) => id)).toEqual(graph.nodes.map(({ id }) => id));
      const mermaid = mermaidGraph([graph]);
      // In its quotes there is nothing that would end them or begin a tag, but for the breaks between lines.
      for (const [, label] of mermaid.matchAll(/"(.*)"/g))
        expect(label!.replaceAll('<br/>', '')).toMatch(/^[^"<>`]*$/);
      expect(mermaid.match(/:::\w+$/gm)).toHaveLength(graph.nodes.length);
    }),
    { numRuns: 50 },
  );
});

test('an orphan stands apart, a retained overlay and what is missing are told', () => {
  const orphan = file(`${POOL}/c1.root.b0.20260101000000.qcow2`, { backing: { path: BASE } });
  const lost = file('/other/x.qcow2', { backing: { path: '/gone.qcow2' } });
  const gone = { path: '/gone.qcow2', identity: '/gone.qcow2', presence: 'missing' as const };
  const graph = hostGraph(input([file(BASE), orphan, lost, gone]));
  expect(graph.nodes.map(({ kind, lines }) => [kind, lines[0]])).toEqual([
    ['base', 'b0.root.base.qcow2'],
    ['orphan', 'c1.root.b0.20260101000000.qcow2'],
    ['other', '/other/x.qcow2'],
    ['unknown', '/gone.qcow2'],
  ]);
  for (const text of [dotGraph([graph]), mermaidGraph([graph])]) expect(text).toContain('Orphans on');
});
