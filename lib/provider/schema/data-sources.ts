import type { Schema } from '../protocol/schema';

/** The schema of the data source `regraft_clones`. */
export const clonesSchema: Schema = {
  version: 0,
  description: 'Which clone on the host is on which base, as libvirt tells it.',
  attributes: {
    base: { type: 'string', optional: true, description: 'Only the clones on this base.' },
    clones: {
      computed: true,
      description: 'The clones, by name.',
      nested: {
        nesting: 'map',
        attributes: {
          base: { type: 'string', computed: true, description: 'The base that the clone is on.' },
          retain: {
            type: 'string',
            computed: true,
            description: 'The base whose overlays are kept as the way back.',
          },
          uuid: { type: 'string', computed: true, description: "The machine's UUID." },
          running: { type: 'bool', computed: true, description: 'Whether the machine is running.' },
        },
      },
    },
  },
};

/** The schema of the data source `regraft_dependents`. */
export const dependentsSchema: Schema = {
  version: 0,
  description:
    'What on the host has a base in its backing chain: as long as there is any, the base is not deleted.',
  attributes: {
    base: { type: 'string', required: true, description: 'The name of the base.' },
    volumes: {
      type: ['list', 'string'],
      computed: true,
      description: 'The paths of the volumes that stand on the base, directly or through others.',
    },
    machines: {
      type: ['list', 'string'],
      computed: true,
      description: 'The names of the machines that have such a volume as a disk.',
    },
  },
};
