import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as passed } from 'node:timers/promises';
import { UserError } from '../../../../lib/model/user-error';
import type {
  Diagnostic,
  ProviderDefinition,
  ResourceType,
} from '../../../../lib/provider/protocol/provider';
import type { ObjectValue, Value } from '../../../../lib/provider/protocol/values';
import { UNKNOWN } from '../../../../lib/provider/protocol/values';
import { sampleSchema, thingSchema, thingsSchema } from './schema';

interface Folder {
  readonly path: string;
  log(line: string): void;
}

/** Fills in what is computed: sizes of parts are 7 unless they are given, and the path follows from the name. */
function completed(thing: ObjectValue, folder: Folder): ObjectValue {
  return {
    ...filled(thing),
    path: thing['name'] === UNKNOWN ? UNKNOWN : join(folder.path, `${String(thing['name'])}.json`),
  };
}

function filled<Some extends Value>(value: Some): Some {
  if (Array.isArray(value)) return value.map(filled) as unknown as Some;
  if (typeof value !== 'object' || value === null) return value;
  const object = Object.fromEntries(
    Object.entries(value as ObjectValue).map(([name, one]) => [name, filled(one)]),
  );
  const part = 'label' in object && 'size' in object;
  return (part ? { ...object, size: object['size'] ?? 7 } : object) as Some;
}

const thing: ResourceType<Folder> = {
  schema: thingSchema,
  validate: ({ name, many, extra }) => {
    const found: Diagnostic[] = [];
    if (name === 'bad') found.push({ severity: 'error', summary: 'bad is no name', attribute: ['name'] });
    if (Array.isArray(many) && many.length > 3) {
      found.push({
        severity: 'error',
        summary: 'too many',
        attribute: ['many', { index: 3 }, 'label'],
        detail: 'Three are enough.',
      });
    }
    if ((extra as ObjectValue | null)?.['note'] === 'bad') {
      found.push({ severity: 'error', summary: 'bad note', attribute: ['extra', 'note'] });
    }
    if (name === 'odd') found.push({ severity: 'warning', summary: 'odd name', detail: 'It is odd.' });
    return found;
  },
  read: async ({ state, private: kept }) => {
    const path = state?.['path'] as string;
    if (!existsSync(path)) return { state: null, private: kept };
    return { state: JSON.parse(readFileSync(path, 'utf8')) as ObjectValue, private: kept };
  },
  plan: async ({ prior, proposed }, folder) => {
    if (!proposed) {
      if (prior?.['text'] === 'keep') throw new UserError('it is to be kept: change text');
      return { planned: null };
    }
    if (proposed['name'] === 'broken') throw new TypeError('broken as asked');
    const planned = completed(proposed, folder);
    return {
      planned,
      ...(prior && prior['name'] !== planned['name'] ? { requiresReplace: [['name']] } : {}),
      private: Buffer.from('planned'),
    };
  },
  apply: async ({ prior, planned, plannedPrivate, signal }, folder) => {
    const name = String((planned ?? prior)?.['name']);
    folder.log(`begun ${name}`);
    if (!planned) {
      rmSync(prior?.['path'] as string);
      return { state: null, private: plannedPrivate };
    }
    if (plannedPrivate.toString() !== 'planned') throw new Error('the private state of the plan is lost');
    // A step that is never cut off, and one that a stop keeps from beginning.
    await passed(Number(planned['takes'] ?? 0));
    folder.log(`first step of ${name}`);
    const state = completed(planned, folder);
    writeFileSync(state['path'] as string, JSON.stringify(state));
    if (planned['text'] === 'fail') throw new UserError('it failed as asked', 'said by a tool');
    if (signal.aborted) {
      folder.log(`stopped ${name}`);
      return {
        state,
        private: Buffer.from('half'),
        diagnostics: [{ severity: 'error', summary: `${name} was stopped` }],
      };
    }
    await passed(Number(planned['takes'] ?? 0));
    folder.log(`second step of ${name}`);
    return { state, private: Buffer.from('planned') };
  },
  import: async (id, folder) => {
    const path = join(folder.path, `${id}.json`);
    return {
      state: existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as ObjectValue) : null,
      private: Buffer.alloc(0),
    };
  },
};

/** Things that are files in a folder, and a log of what the provider does beside it. */
export const sample: ProviderDefinition<Folder> = {
  schema: sampleSchema,
  resources: { sample_thing: thing },
  dataSources: {
    sample_things: {
      schema: thingsSchema,
      validate: () => [],
      read: async (config, folder) => ({
        state: {
          ...config,
          names: readdirSync(folder.path)
            .filter((name) => name.startsWith(String(config['prefix'] ?? '')))
            .sort(),
        },
      }),
    },
  },
  validate: ({ mode }) =>
    mode === 'none' ? [{ severity: 'error', summary: 'none is no mode', attribute: ['mode'] }] : [],
  configure: async ({ folder }) => {
    const path = (folder as ObjectValue)['path'] as string;
    const log = (line: string) => appendFileSync(`${path}.log`, `${line}\n`);
    console.log('this must not reach standard output');
    log(`configured ${process.pid}`);
    return { configuration: { path, log } };
  },
  close: async ({ log }) => log(`closed ${process.pid}`),
};
