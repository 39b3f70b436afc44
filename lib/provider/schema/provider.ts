import type { Schema } from '../protocol/schema';

/** The schema of the provider's own block. */
export const providerSchema: Schema = {
  version: 0,
  description:
    'Declares golden images ("bases") and the libvirt machines cloned from them, and moves clones onto another base: system volumes are replaced, temporary volumes reset, data volumes kept byte for byte.',
  attributes: {
    uri: {
      type: 'string',
      required: true,
      description:
        'The libvirt connection URI, such as `qemu:///system` or `qemu+ssh://root@host/system`. One `provider` block is one host; use an `alias` for each further one.',
    },
    shutdown_timeout: {
      type: 'number',
      optional: true,
      description:
        'Seconds that a running machine is given to shut down before `on_busy` decides. Defaults to `300`.',
    },
    on_busy: {
      type: 'string',
      optional: true,
      description:
        'What becomes of a running machine that does not shut down in time: `abort` fails and stops the apply of further machines, `skip` fails for this clone only, `force` cuts its power. Defaults to `abort`.',
    },
    power: {
      type: 'string',
      optional: true,
      description:
        'Which machines run after a change: `restore` those that ran before, `on` all, `off` none. Defaults to `restore`.',
    },
    proof: {
      type: 'string',
      optional: true,
      description:
        'How it is proven that a change leaves data volumes as they were: `digest` compares the SHA-256 of all bytes, `metadata` the size, allocation and time of change, `none` nothing. Defaults to `digest`.',
    },
    starts_at_once: {
      type: 'number',
      optional: true,
      description: 'How many machines are started at the same time. Defaults to `4`.',
    },
    plan_time: {
      type: 'string',
      optional: true,
      description:
        'The time that the names of new overlays end in: write `plantimestamp()`. Without it names end in a counter.',
    },
  },
  blocks: {
    storage: {
      required: true,
      description: 'The storage pool of libvirt that holds bases and clones.',
      attributes: {
        name: {
          type: 'string',
          required: true,
          description:
            'The name of the storage pool. One that libvirt does not know is made (type `dir`, started with the host) when the first volume is.',
        },
        path: {
          type: 'string',
          required: true,
          description: 'The folder of the storage pool on the host, such as `/var/lib/libvirt/lab`.',
        },
      },
    },
  },
};
