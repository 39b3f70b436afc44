import type { Attributes, Schema } from '../../../../lib/provider/protocol/schema';

const description = 'A part of the sample.';
const computed = { optional: true, computed: true, description } as const;

const parts: Attributes = {
  label: { type: 'string', required: true, description },
  size: { type: 'number', ...computed },
  on: { type: 'bool', optional: true, description },
};

/** A resource with every kind of attribute that a schema can have. */
export const thingSchema: Schema = {
  version: 0,
  description: 'A file in a folder.',
  attributes: {
    name: { type: 'string', required: true, description },
    text: { type: 'string', optional: true, description },
    secret: { type: 'string', optional: true, sensitive: true, description },
    number: { type: 'number', optional: true, description },
    flag: { type: 'bool', optional: true, description },
    words: { type: ['list', 'string'], optional: true, description },
    numbers: { type: ['list', 'number'], optional: true, description },
    labels: { type: ['map', 'string'], optional: true, description },
    counts: { type: ['map', 'number'], optional: true, description },
    one: { optional: true, description, nested: { nesting: 'single', attributes: parts } },
    many: { optional: true, description, nested: { nesting: 'list', attributes: parts } },
    named: { optional: true, description, nested: { nesting: 'map', attributes: parts } },
    // How long an apply takes, in milliseconds.
    takes: { type: 'number', optional: true, description },
    path: { type: 'string', computed: true, description },
  },
  blocks: { extra: { description, attributes: { note: { type: 'string', optional: true, description } } } },
};

/** The provider's own block, with a required block in it. */
export const sampleSchema: Schema = {
  version: 0,
  description: 'Things in a folder.',
  attributes: { mode: { type: 'string', optional: true, description } },
  blocks: {
    folder: {
      description,
      required: true,
      attributes: { path: { type: 'string', required: true, description } },
    },
  },
};

/** A data source. */
export const thingsSchema: Schema = {
  version: 0,
  description: 'The names of the things.',
  attributes: {
    prefix: { type: 'string', optional: true, description },
    names: { type: ['list', 'string'], computed: true, description },
  },
};
