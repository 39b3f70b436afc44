import type { Schema } from '../protocol/schema';

/** The schema of `regraft_clone`. */
export const cloneSchema: Schema = {
  version: 0,
  description:
    'A machine made from a base, with its volumes. Another `base` is a rebase: system volumes are replaced, temporary volumes reset, data volumes kept byte for byte, which is proven. A clone that Terraform replaces (`-replace`) has fresh overlays and keeps its data volumes; `create_before_destroy` has no use here, since two machines cannot have one name.',
  attributes: {
    name: {
      type: 'string',
      required: true,
      description: 'The name of the clone and of its machine in libvirt.',
    },
    base: {
      type: 'string',
      required: true,
      description:
        'The name of the base that the clone is on; refer to `regraft_base.NAME.name`, so that Terraform plans the base first.',
    },
    retain: {
      type: 'string',
      optional: true,
      description:
        'The name of the base that the clone comes from, whose overlays are kept as the way back: setting `base` to it again goes back to them, changes included.',
    },
    retired: {
      type: 'bool',
      optional: true,
      description:
        'Whether the clone is taken out while its data volumes are kept: it has no machine and no overlays then. Defaults to `false`.',
    },
    volumes: {
      required: true,
      description: 'The volumes of the machine, by name: those of the base, and `data` volumes of its own.',
      nested: {
        nesting: 'map',
        attributes: {
          type: {
            type: 'string',
            required: true,
            description: '`system`, `temporary` or `data`; the same as in the base.',
          },
          size: {
            type: 'number',
            optional: true,
            computed: true,
            description:
              "The virtual size in bytes; the base's when left out. A data volume may grow and never shrinks.",
          },
          bus: {
            type: 'string',
            optional: true,
            computed: true,
            description:
              "The bus of the disk: `virtio`, `scsi`, `sata`, `ide` or `usb`; the base's when left out.",
          },
          target: {
            type: 'string',
            optional: true,
            computed: true,
            description:
              'The device name in libvirt, such as `vda`; given in the order of the disks when left out.',
          },
          boot: {
            type: 'bool',
            optional: true,
            computed: true,
            description:
              'Whether the machine boots from it; one `system` volume does, the first by name when none says so.',
          },
          wwn: {
            type: 'string',
            optional: true,
            description: 'The World Wide Name of the disk, for the bus `scsi`.',
          },
          seed: {
            type: 'string',
            optional: true,
            computed: true,
            description:
              "The image file that a new `data` volume is a full copy of, on the machine that runs Terraform; the base's when left out.",
          },
          seed_sha256: {
            type: 'string',
            optional: true,
            computed: true,
            description: "The SHA-256 of the seed; the base's when the seed is the base's.",
          },
          format: {
            type: 'string',
            optional: true,
            computed: true,
            description:
              'The format of a `data` volume: `qcow2` or `raw`. It is never probed. Defaults to that of its seed, else `qcow2`.',
          },
          file: {
            type: 'string',
            optional: true,
            computed: true,
            description:
              'The file name of a `data` volume in the storage pool, which it keeps for life. Defaults to `CLONE.VOLUME.data.qcow2`.',
          },
          path: {
            type: 'string',
            computed: true,
            description: 'The path of the volume on the host; null for an overlay of a retired clone.',
          },
          backing: {
            type: 'string',
            computed: true,
            description:
              'The path of the base volume that the volume is an overlay on; null for one that stands alone.',
          },
          backing_format: {
            type: 'string',
            computed: true,
            description: 'The format of `backing`.',
          },
        },
      },
    },
    domain_xml: {
      type: 'string',
      required: true,
      description:
        "The machine's definition in libvirt's XML, without disks. Name, UUID and MAC addresses are filled in where it leaves them out. What is added to the machine by hand (disks and other devices, tuning, title, metadata of others) is kept when it is defined anew, and the plan says so.",
    },
    autostart: {
      type: 'bool',
      optional: true,
      computed: true,
      description:
        'Whether the machine starts with its host; one that is changed by hand is changed back. Defaults to `false`.',
    },
    cloud_init: {
      optional: true,
      description: 'What cloud-init is told at boot, on a medium of its NoCloud data source.',
      nested: {
        nesting: 'single',
        attributes: {
          user_data: { type: 'string', required: true, sensitive: true, description: 'The user data.' },
          meta_data: { type: 'string', required: true, description: 'The metadata.' },
          network_config: { type: 'string', optional: true, description: 'The network configuration.' },
          path: { type: 'string', computed: true, description: 'The path of the medium on the host.' },
        },
      },
    },
    restore: {
      type: 'string',
      optional: true,
      computed: true,
      description:
        'Any text; another one restores the clone: fresh system and temporary volumes from the base that it is on. Leaving it out restores nothing.',
    },
    data_on_destroy: {
      type: 'string',
      optional: true,
      computed: true,
      description:
        'What becomes of the data volumes when the clone is destroyed: `keep` leaves them in the storage pool, where a clone of the same name finds them again, `purge` deletes them. Defaults to `keep`.',
    },
    uuid: { type: 'string', computed: true, description: "The machine's UUID." },
    macs: {
      type: ['list', 'string'],
      computed: true,
      description: "The MAC addresses of the machine's network interfaces, in their order.",
    },
    retained: {
      type: ['map', 'string'],
      computed: true,
      description: 'The paths of the system overlays on the base that `retain` names, by volume.',
    },
    archived: {
      type: ['map', 'string'],
      computed: true,
      description:
        'The paths of data volumes that the clone had and no longer uses, by volume; they are kept in the storage pool.',
    },
    drift: {
      type: ['list', 'string'],
      computed: true,
      description:
        'What was changed by hand in the machine since it was defined, one line each; a plan that changes it undoes that.',
    },
  },
};
