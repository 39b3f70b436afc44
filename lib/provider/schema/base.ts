import type { Schema } from '../protocol/schema';

/** The schema of `regraft_base`. */
export const baseSchema: Schema = {
  version: 0,
  description:
    'A golden image: one or more volumes that machines are cloned from. It is immutable: to change it, declare another base and move the clones onto it.',
  attributes: {
    name: {
      type: 'string',
      required: true,
      description:
        'The name of the base, unique on its host. Letters, digits, and single `-` or `_` between them.',
    },
    volumes: {
      required: true,
      description: "The storage outline: every volume of the base's clones, by name.",
      nested: {
        nesting: 'map',
        attributes: {
          type: {
            type: 'string',
            required: true,
            description:
              '`system`: an overlay on the base, replaced on rebase and restore. `temporary`: reset on rebase, restore and (with the hook of `regraft hook install`) at every shutdown. `data`: kept byte for byte.',
          },
          image: {
            type: 'string',
            optional: true,
            description:
              'The image file that is uploaded, on the machine that runs Terraform. For a `data` volume, the seed that each new one is a full copy of.',
          },
          existing: {
            type: 'string',
            optional: true,
            description:
              'The file name of a volume that is in the storage pool already. It is never written or deleted.',
          },
          format: {
            type: 'string',
            optional: true,
            computed: true,
            description:
              'The format of `image` or `existing`: `qcow2` or `raw`. It is never probed, so that no guest can choose it. Defaults to `qcow2`.',
          },
          sha256: {
            type: 'string',
            optional: true,
            description: 'The SHA-256 of the file; another one is refused before anything is uploaded.',
          },
          size: {
            type: 'number',
            optional: true,
            computed: true,
            description:
              'The virtual size in bytes, of an image its own when left out. A blank `temporary` and a `data` volume without an image need one here or on each clone.',
          },
          bus: {
            type: 'string',
            optional: true,
            computed: true,
            description:
              'The bus of the disk: `virtio`, `scsi`, `sata`, `ide` or `usb`. Defaults to `virtio`.',
          },
          path: {
            type: 'string',
            computed: true,
            description: 'The path of the base volume on the host; null for one without an image.',
          },
        },
      },
    },
    record: {
      type: 'string',
      computed: true,
      description:
        'The path of the small file on the host that says what clones need to know of the base; one that is missing is written by the next apply.',
    },
    deletion_protection: {
      type: 'bool',
      optional: true,
      computed: true,
      description:
        'Whether destroying the base is refused. Even without it, a base is not deleted while anything on the host has it in its backing chain. Defaults to `true`.',
    },
  },
};
