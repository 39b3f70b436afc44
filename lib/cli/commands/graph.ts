import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Option } from 'commander';
import type { GraphFormat } from '../../operations/graph';
import { graph, GRAPH_FORMATS } from '../../operations/graph';
import { maskedText } from '../../review/masking';
import type { Given } from '../program';
import { writeReport } from './report';

interface Options {
  readonly format: GraphFormat;
  readonly host?: string;
  readonly output?: string;
}

/** Adds `regraft graph`. */
export function graphCommand(root: Command, given: Given): void {
  root
    .command('graph')
    .description('Draw the layers as they are on disk: machines, overlays, data volumes and bases.')
    .addOption(new Option('--format <format>', 'how').choices(GRAPH_FORMATS).default('mermaid'))
    .option('--host <host>', 'one host, by its name in the code')
    .option('--output <file>', 'write the graph to a file')
    .action(async ({ format, output, ...request }: Options) => {
      const { terminal, context } = given;
      const text = maskedText(await graph(format, request, context));
      if (output === undefined) terminal.stdout.write(text);
      else await writeReport(resolve(terminal.folder, output), text);
    });
}
